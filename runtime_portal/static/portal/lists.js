// A thing's page leads to the next and the previous one of the list that it was opened from.
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

  remember();
  show().catch(() => {});
  document.body.addEventListener("htmx:afterSettle", remember);
})();
