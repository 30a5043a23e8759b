// Lists: a thing's page leads to its neighbours in the list that it was opened from; selections.
(() => {
  const KEY = "list";
  const MOST = 1000; // rows kept; further pages are asked for when one arrives at the end
  const one = (selector, from = document) => from.querySelector(selector);

  const read = (from) => ({
    rows: [...from.querySelectorAll("#results [data-rows] tbody tr")]
      .map((row) => one("th a[href], a[href]", row)?.getAttribute("href"))
      .filter((href) => href?.startsWith("/")),
    next: one("#results .pager a[rel=next]", from)?.getAttribute("href") || "",
    previous: one("#results .pager a[rel=prev]", from)?.getAttribute("href") || "",
  });
  const store = (list) => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(list));
    } catch {
      // No neighbours then.
    }
  };
  const stored = () => {
    try {
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  };

  const remember = () => {
    const list = read(document);
    if (list.rows.length) store({ ...list, at: location.pathname + location.search });
  };

  // The page of the list beyond the end at which one stands, put before or behind what is known.
  const further = async (list, way) => {
    const answer = await fetch(list[way], { headers: { "HX-Request": "true", "HX-Target": "results" } });
    if (!answer.ok || answer.redirected) return list;
    const page = read(new DOMParser().parseFromString(await answer.text(), "text/html"));
    const rows = way === "next" ? [...list.rows, ...page.rows].slice(-MOST) : [...page.rows, ...list.rows].slice(0, MOST);
    return { ...list, rows, [way]: page[way] };
  };

  const lead = (nav, list) => {
    const at = list.rows.indexOf(location.pathname);
    for (const [way, step] of Object.entries({ previous: -1, next: 1 })) {
      const link = one(`[data-neighbour=${way}]`, nav);
      const href = list.rows[at + step];
      link.hidden = !href;
      if (href) link.href = href;
    }
    one("[data-neighbour=list]", nav).href = list.at;
    nav.hidden = false;
  };
  const show = async () => {
    const nav = one("[data-neighbours]");
    let list = stored();
    const at = list?.rows?.indexOf(location.pathname) ?? -1;
    if (!nav || at < 0) return;
    lead(nav, list);
    const way = at === list.rows.length - 1 && list.next ? "next" : at === 0 && list.previous ? "previous" : "";
    if (!way) return;
    list = await further(list, way);
    store(list);
    lead(nav, list);
  };

  // A selection: how many are ticked on this page, and how many the filters let through.
  const ticks = () => [...document.querySelectorAll("#results tbody input[form=selected]")];
  const tell = () => {
    const bar = one("#selected");
    if (!bar) return;
    const boxes = ticks();
    const ticked = boxes.filter((box) => box.checked).length;
    const all = one("[data-tick-all]");
    if (all) {
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    one("[data-ticked]", bar).textContent = `${ticked} on this page`;
    one("[data-matching]", bar).textContent = one("#total")?.textContent.trim() ?? "";
    if (!ticked) one("[name=match]", bar).checked = false;
  };
  document.addEventListener("click", (event) => {
    if (event.target.matches("[data-tick-all]")) ticks().forEach((box) => (box.checked = event.target.checked));
    if (event.target.matches("[data-tick-all], #results input[form=selected]")) setTimeout(tell);
  });
  document.addEventListener("keyup", (event) => event.key === "X" && tell());
  document.body.addEventListener("htmx:afterSettle", tell);
  addEventListener("pageshow", tell);

  remember();
  show().catch(() => {});
  document.body.addEventListener("htmx:afterSettle", remember);
})();
