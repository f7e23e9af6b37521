-- Live figures are counted when they are read; an apply only has open pages draw them anew.
UPDATE config.job
SET purpose = 'turns the day, and has open pages draw live figures anew every minute'
WHERE job_name = 'apply_changes';
