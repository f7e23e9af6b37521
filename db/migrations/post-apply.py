"""Installs the routines, views and assertions after the migrations, in one transaction."""

from functools import partial
from pathlib import Path

from yoyo import step

from runner.install import install_objects

steps = [step(partial(install_objects, root=Path(__file__).parent.parent))]
