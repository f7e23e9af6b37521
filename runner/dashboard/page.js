// Filters, tables and themes of the page. It chooses rows that the database computed and hands them to Vega-Lite; it adds up none.
"use strict";
(() => {
  const design = JSON.parse(document.getElementById("design").textContent);
  const choice = { for_period: 365, for_compare: "before", for_category: null, for_country: null };
  const stale = new Set(); // elements of charts to be drawn when they come into sight
  const drawn = new Map(); // element of a chart → the promise of its drawing; of null if there was nothing to draw
  let data;

  // ---- words ----
  const signs = { USD: "$", EUR: "€", GBP: "£" };
  const plain = (value, places) =>
    value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  const money = (value, places = 2) =>
    value === null ? "–" : (value < 0 ? "-" : "") + (signs[data.currency] ?? `${data.currency} `) + plain(Math.abs(value), places);
  const shortMoney = (value) => {
    const rounded = Number(value.toPrecision(3));
    const [size, unit] = [[1e9, " B"], [1e6, " M"], [1e3, " K"]].find(([least]) => Math.abs(rounded) >= least) ?? [1, ""];
    const scaled = rounded / size;
    return money(scaled, unit ? Math.max(0, 2 - Math.floor(Math.log10(Math.abs(scaled)))) : 0) + unit;
  };
  // On an axis the zeros of all labels alike are noise: $20 K, not $20.0 K.
  const axisMoney = (value) => shortMoney(value).replace(/\.0+(?= )|(\.\d)0(?= )/, "$1");
  const worded = (value, unit) => {
    if (value === null) return "–";
    if (typeof value !== "number") return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
    if (unit === "money") return money(value);
    if (unit === "percent") return `${plain(value, 1)} %`;
    return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  };
  const heading = (column) => (column[0].toUpperCase() + column.slice(1)).replaceAll("_", " ");

  // ---- rows ----
  const isHidden = (column) => /^(for_|is_last|forecast_|is_anomaly|compared_trend|days_ago)|(tier|status|label|outcome)_order$/.test(column);

  // Days are told by their number since 1970, so that they can be counted on.
  const numberOf = (day) => Date.parse(day) / 86_400_000;
  const dayOf = (number) => new Date(number * 86_400_000).toISOString().slice(0, 10);
  const yearBefore = (day) => (day.endsWith("-02-29") ? `${day.slice(0, 4) - 1}-02-28` : `${day.slice(0, 4) - 1}${day.slice(4)}`);

  // A row whose figures are lists, a value a day from from_date on, as a row for each day of the period, with the figures of the
  // day that it is compared with; then the days ahead, about a third of the period.
  const unrolled = ({ from_date, ...row }) => {
    const first = numberOf(from_date);
    const last = numberOf(data.as_of) - first;
    const period = choice.for_period;
    const ahead = { 7: 7, 30: 14, 90: 28 }[period] ?? 90;
    const length = Math.max(...Object.values(row).map((value) => (Array.isArray(value) ? value.length : 0)));
    const other = (place) =>
      choice.for_compare === "year" ? numberOf(yearBefore(dayOf(first + place))) - first : choice.for_compare && period ? place - period : -1;
    const found = [];
    for (let place = period ? Math.max(0, last - period + 1) : 0; place < Math.min(length, last + 1 + ahead); place += 1) {
      const value = (column, at = place) => row[column]?.[at] ?? null;
      const before = place > last ? -1 : other(place);
      found.push({
        sale_date: dayOf(first + place),
        ...Object.fromEntries(Object.entries(row).map(([column, list]) => [column, Array.isArray(list) ? value(column) : list])),
        compared_revenue: value("total_revenue", before),
        compared_trend: value(period === 7 || period === 30 ? "total_revenue" : "revenue_avg_28_days", before),
      });
    }
    return found;
  };

  // The rows of a query that the filters leave. A column for_X holds the choice of a filter X that the row was computed for; days_ago is
  // older than a period or not; category, other_category and country are plain columns to be looked through.
  const chosen = (name) => {
    const { columns, rows } = data.queries[name];
    const place = Object.fromEntries(columns.map((column, index) => [column, index]));
    const want = { ...choice, for_compare: choice.for_compare || "before" };
    if ("for_country" in place && want.for_country !== null) want.for_category = null;
    const keys = Object.keys(want).filter((key) => key in place);
    const [ofCategory, ofCountry] = [["category", "other_category"], ["country"]].map((names) => names.filter((column) => column in place));
    const has = (row, columns, value) => !columns.length || value === null || columns.some((column) => row[place[column]] === value);
    const kept = rows.filter(
      (row) =>
        keys.every((key) => row[place[key]] === want[key]) &&
        (!("days_ago" in place) || !choice.for_period || row[place.days_ago] < choice.for_period) &&
        has(row, ofCategory, choice.for_category) &&
        has(row, ofCountry, choice.for_country),
    );
    const silent = choice.for_compare ? [] : columns.filter((c) => c.startsWith("compared_") || c.endsWith("_change"));
    const found = kept.map((row) =>
      Object.fromEntries(columns.map((column, index) => [column, silent.includes(column) ? null : row[index]])),
    );
    return "from_date" in place ? found.flatMap(unrolled) : found;
  };

  // What a table and a file show of the rows.
  const shownColumns = (name, rows) => (rows.length ? Object.keys(rows[0]) : data.queries[name].columns).filter((column) => !isHidden(column));

  // What a chosen category or country does not reach in a query, in words.
  const unreached = (name, why = {}) => {
    const { columns } = data.queries[name];
    const both = columns.includes("for_country") && columns.includes("for_category");
    const missed = [];
    if (choice.for_category !== null && both && choice.for_country !== null) missed.push("all categories of the country");
    else if (choice.for_category !== null && !["for_category", "category"].some((c) => columns.includes(c)))
      missed.push(`all categories${why.whyCategory ? `: ${why.whyCategory}` : ""}`);
    if (choice.for_country !== null && !["for_country", "country"].some((c) => columns.includes(c)) && name !== "countries")
      missed.push(`all countries${why.whyCountry ? `: ${why.whyCountry}` : ""}`);
    const whole = why.whole && (choice.for_category ?? choice.for_country) !== null ? ` ${why.whole}` : "";
    return `${missed.map((words) => `Shown for ${words}.`).join(" ")}${whole}`.trim();
  };

  const csv = (name) => {
    const rows = chosen(name);
    const columns = shownColumns(name, rows);
    const cell = (value) => {
      let text = value === null ? "" : String(value);
      if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`; // no formula for a spreadsheet
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    return [columns, ...rows.map((row) => columns.map((c) => row[c]))].map((line) => line.map(cell).join(",")).join("\r\n");
  };

  const save = (name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", csv(name), "\r\n"], { type: "text/csv" }));
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // ---- tables ----
  const make = (tag, text = "", properties = {}) => Object.assign(document.createElement(tag), { textContent: text }, properties);

  const fillTable = (box, name, empty) => {
    const { meanings } = data.queries[name];
    const rows = chosen(name);
    const shown = shownColumns(name, rows);
    const state = (box.state ??= { sort: null, down: false, search: "", all: false });
    if (!rows.length) {
      box.replaceChildren(make("p", empty ?? "Nothing to show for this choice.", { className: "soft" }));
      return;
    }
    const isNumber = (column) => rows.some((row) => typeof row[column] === "number") && !/_id$/.test(column);
    const table = make("table");
    const head = table.createTHead().insertRow();
    const body = table.createTBody();
    const more = make("button", "", { type: "button", className: "more" });
    const fill = () => {
      const wanted = state.search.toLowerCase();
      const left = rows.filter((row) => !wanted || shown.some((c) => String(row[c] ?? "").toLowerCase().includes(wanted)));
      if (state.sort) {
        const value = (row) => row[state.sort];
        left.sort((a, b) => {
          const [x, y] = [value(a), value(b)];
          if (x === null || y === null) return (x === null) - (y === null);
          return (x < y ? -1 : x > y ? 1 : 0) * (state.down ? -1 : 1);
        });
      }
      const some = state.all ? left : left.slice(0, 12);
      body.replaceChildren(
        ...some.map((row) => {
          const line = make("tr");
          shown.forEach((column) =>
            line.append(make("td", worded(row[column], meanings[column]?.unit), { className: isNumber(column) ? "number" : "" })),
          );
          return line;
        }),
      );
      more.hidden = some.length === left.length;
      more.textContent = `Show all ${left.length}`;
      [...head.children].forEach((cell, index) => {
        if (shown[index] === state.sort) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      });
    };
    shown.forEach((column) => {
      const button = make("button", heading(column), { type: "button", title: meanings[column]?.text ?? "" });
      button.addEventListener("click", () => {
        state.down = state.sort === column ? !state.down : isNumber(column);
        state.sort = column;
        fill();
      });
      const cell = make("th", "", { scope: "col", className: isNumber(column) ? "number" : "" });
      cell.append(button);
      head.append(cell);
    });
    more.addEventListener("click", () => {
      state.all = true;
      fill();
    });
    const scroll = make("div", "", { className: "scroll", tabIndex: 0, role: "region" });
    scroll.setAttribute("aria-label", `Rows of ${heading(name)}`);
    scroll.append(table);
    const parts = [scroll, more];
    if (rows.length > 8) {
      const search = make("input", "", { type: "search", className: "search", placeholder: "Search", value: state.search });
      search.setAttribute("aria-label", `Search in ${heading(name)}`);
      search.addEventListener("input", () => {
        state.search = search.value;
        fill();
      });
      parts.unshift(search);
    }
    fill();
    box.replaceChildren(...parts);
  };

  // ---- charts ----
  const theme = () => design.themes[document.documentElement.dataset.theme];

  const asDates = (rows) =>
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => {
          if (!/(_date|_month|^month_end)$/.test(key) || value === null) return [key, value];
          const [year, month, day] = value.split("-").map(Number);
          return [key, new Date(year, month - 1, day).getTime()];
        }),
      ),
    );

  const paint = async (element, former) => {
    const { chart, query, field } = element.dataset;
    const box = element.querySelector(".plot");
    const { problem } = data.queries[query];
    let rows = chosen(query);
    if (field) rows = rows.map((row) => ({ ...row, figure: row[field] })).filter((row) => row.figure !== null);
    (await former)?.finalize();
    box.classList.toggle("blank", !rows.length);
    if (!rows.length) {
      box.replaceChildren(make("p", field ? "" : problem ? `Not there: ${problem}.` : "Nothing to show for this choice."));
      return null;
    }
    const spec = structuredClone(design.charts[chart]);
    const { config, params } = theme();
    spec.data.values = asDates(rows);
    spec.autosize = { type: "fit-x", contains: "padding" };
    spec.params = [
      ...(spec.params ?? []),
      ...Object.entries({ ...params, country: choice.for_country }).map(([name, value]) => ({ name, value })),
    ];
    if (!field) {
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", `${spec.description} The same rows are in the table below.`);
    }
    const made = await window.vegaEmbed(box, spec, {
      config,
      actions: false,
      ast: true,
      defaultStyle: false,
      logLevel: 1, // errors alone
      renderer: "svg",
      tooltip: { disableDefaultStyle: true },
      expressionFunctions: { money, shortMoney: axisMoney },
    });
    box.querySelector("svg").setAttribute("aria-hidden", "true"); // the box has the description, and the table the rows
    return made;
  };

  // One drawing of a chart follows the other: the last choice wins.
  const draw = (element) => {
    stale.delete(element);
    const drawing = paint(element, drawn.get(element));
    drawn.set(element, drawing);
    return drawing;
  };

  const seen = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting && stale.has(entry.target)).forEach((entry) => draw(entry.target)),
    { rootMargin: "300px" },
  );
  const drawAll = () => Promise.all([...document.querySelectorAll("[data-chart]")].map((element) => (stale.has(element) ? draw(element) : drawn.get(element))));

  // ---- the whole page ----
  const tell = () => {
    const rows = data.queries.headline ? chosen("headline") : [];
    const row = rows[0];
    document.querySelectorAll("[data-figure]").forEach((tile) => {
      const column = tile.dataset.figure;
      const value = row?.[column] ?? null;
      tile.querySelector(".value").textContent = column === "total_revenue" || column === "avg_order_value" ? money(value) : worded(value);
      const change = row?.[`${column}_change`] ?? null;
      const note = tile.querySelector(".change");
      if (change === null) note.textContent = value === null ? `not counted by ${row?.for_country ? "country" : "category"}` : "";
      else {
        const sign = change > 0 ? "▲ " : change < 0 ? "▼ " : "";
        note.replaceChildren(
          make("b", `${sign}${plain(Math.abs(change), 1)} %`),
          choice.for_compare === "year" ? " on year before" : " on period before",
        );
      }
    });
    const span = document.getElementById("window");
    if (span && row) {
      const day = (text) => new Date(`${text}T12:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
      span.textContent = `${day(row.first_date)} to ${day(row.last_date)}. ${unreached("headline")}`;
    }
  };

  const show = () => {
    tell();
    document.querySelectorAll("[data-query]:not(.spark)").forEach((panel) => {
      const note = panel.querySelector(".note");
      note.textContent = unreached(panel.dataset.query, panel.dataset);
      note.hidden = !note.textContent;
      const { problem } = data.queries[panel.dataset.query];
      if ("table" in panel.dataset)
        fillTable(panel.querySelector(".grid"), panel.dataset.query, problem ? `Not there: ${problem}.` : panel.dataset.empty);
      else if (panel.querySelector(".rows").open) fillTable(panel.querySelector(".grid"), panel.dataset.query);
    });
    document.querySelectorAll("[data-chart]").forEach((element) => {
      stale.add(element);
      seen.unobserve(element); // to be told anew whether it is in sight
      seen.observe(element);
    });
  };

  const remember = () => {
    const kept = new URLSearchParams();
    Object.entries(choice).forEach(([key, value]) => value !== null && value !== "" && kept.set(key.slice(4), value));
    try {
      history.replaceState(null, "", `#${kept}`);
    } catch {
      // a page that was opened from an e-mail may not
    }
  };

  const recall = () => {
    const kept = new URLSearchParams(location.hash.slice(1));
    const form = document.querySelector(".filters");
    if (!form) return;
    kept.forEach((value, key) => {
      const field = form.elements[`for_${key}`];
      if (!field) return;
      const known = field.options ? [...field.options].map((o) => o.value) : [...field].map((input) => input.value);
      if (known.includes(value)) field.value = value;
    });
    choose(form);
  };

  const choose = (form) => {
    choice.for_period = Number(form.elements.for_period.value);
    choice.for_compare = form.elements.for_compare.value;
    choice.for_category = form.elements.for_category.value || null;
    choice.for_country = form.elements.for_country.value || null;
  };

  const age = () => {
    const time = document.querySelector("time");
    if (!time) return;
    const hours = (Date.now() - Date.parse(time.dateTime)) / 3_600_000;
    const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
    time.textContent = time.textContent.split(" (")[0] + ` (${hours < 1 ? words.format(-Math.round(hours * 60), "minute") : hours < 48 ? words.format(-Math.round(hours), "hour") : words.format(-Math.round(hours / 24), "day")})`;
    document.getElementById("overdue").hidden = data.is_fixed || hours <= 24;
  };

  // Take the content as it stands in the document: at the start, and again when the server sent a newer one.
  const begin = () => {
    data = JSON.parse(document.getElementById("data").textContent);
    drawn.forEach(async (drawing) => (await drawing)?.finalize());
    drawn.clear();
    stale.clear();
    seen.disconnect();
    recall();
    const form = document.querySelector(".filters");
    const changed = () => {
      choose(form);
      remember();
      show();
    };
    form?.addEventListener("change", changed);
    form?.addEventListener("submit", (event) => event.preventDefault());
    form?.addEventListener("reset", () => setTimeout(changed));
    document.querySelectorAll(".csv").forEach((button) => {
      const panel = button.closest("[data-query]");
      button.setAttribute("aria-label", `CSV of ${panel.getAttribute("aria-label")}`);
      button.addEventListener("click", () => save(panel.dataset.query));
    });
    document.querySelectorAll(".rows").forEach((details) =>
      details.addEventListener("toggle", () => {
        const panel = details.closest("[data-query]");
        if (details.open) fillTable(details.querySelector(".grid"), panel.dataset.query);
      }),
    );
    document.getElementById("theme").addEventListener("click", () => dress(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
    age();
    show();
  };

  const dress = (name) => {
    document.documentElement.dataset.theme = name;
    if (data) show();
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => dress(dark.matches ? "dark" : "light"));
  dress(dark.matches ? "dark" : "light");
  begin();
  setInterval(age, 60_000);

  document.addEventListener("click", (event) =>
    document.querySelectorAll(".about[open]").forEach((details) => details.contains(event.target) || (details.open = false)),
  );
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll(".about[open]").forEach((details) => (details.open = false));
  });
  window.addEventListener("beforeprint", () => {
    dress("light");
    drawAll();
  });
  window.addEventListener("afterprint", () => dress(dark.matches ? "dark" : "light"));

  // ---- news ----
  const take = async (version) => {
    const answer = await fetch("/content");
    if (!answer.ok) return;
    const focused = document.activeElement?.name;
    document.getElementById("content").innerHTML = await answer.text(); // our server's template escaped it
    design.version = version;
    begin();
    document.querySelector(".filters")?.elements[focused]?.focus?.({ preventScroll: true });
  };
  const say = (text, isAway) => {
    const badge = document.getElementById("live");
    badge.hidden = false;
    badge.textContent = text;
    badge.classList.toggle("away", isAway);
  };
  if (design.version) {
    const events = new EventSource("/events");
    const clock = () => new Date().toLocaleTimeString("en-GB");
    events.onmessage = async ({ data: version }) => {
      if (version === "away") return say("the database does not answer", true);
      const isNew = version !== design.version;
      if (isNew) await take(version);
      return say(isNew ? `live, new at ${clock()}` : "live", false);
    };
    events.onerror = () => say("the server does not answer", true);
  }

  window.dashboard = { chosen, csv, drawAll, drawn };
})();
