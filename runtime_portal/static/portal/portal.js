// Comfort on top of pages that work without it.
(() => {
  const root = document.documentElement;
  const body = document.body;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Announcements: the region stays in the page, because a region that is swapped in is not read.
  const say = (text) => {
    const region = one("#announcer");
    if (region) region.textContent = text;
  };

  const problem = (title, requestId) => {
    const box = one("#problems");
    const template = one("#problem-template");
    if (!box || !template) return;
    const alert = template.content.cloneNode(true);
    one("[data-problem-title]", alert).textContent = title;
    const id = one("[data-problem-id]", alert);
    if (requestId) id.textContent = `Request ${requestId}`;
    else id.remove();
    box.replaceChildren(alert);
  };

  // Theme
  const themeButton = one("[data-theme-toggle]");
  const nameTheme = () =>
    themeButton?.setAttribute("aria-label", `Use the ${root.dataset.bsTheme === "dark" ? "light" : "dark"} theme`);
  nameTheme();

  // Menu on narrow screens
  const menuButton = one("[data-menu]");
  const menu = (open) => {
    menuButton?.setAttribute("aria-expanded", String(open));
    body.classList.toggle("menu-open", open);
  };

  const closeDropdowns = (except) =>
    all("details[data-dropdown][open]").forEach((item) => item !== except && (item.open = false));

  document.addEventListener("click", async (event) => {
    closeDropdowns(event.target.closest("details[data-dropdown]"));
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      event.preventDefault();
      try {
        await navigator.clipboard.writeText(copy.dataset.copy);
        copy.classList.add("is-copied");
        say("Copied");
        setTimeout(() => copy.classList.remove("is-copied"), 1500);
      } catch {
        say("The browser does not allow copying here");
      }
    } else if (event.target.closest("[data-theme-toggle]")) {
      root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      try {
        localStorage.setItem("theme", root.dataset.bsTheme);
      } catch {
        // The choice then lasts for this page only.
      }
      nameTheme();
    } else if (event.target.closest("[data-menu]")) {
      menu(menuButton.getAttribute("aria-expanded") !== "true");
    } else if (event.target.closest("[data-dismiss]")) {
      event.target.closest(".alert").remove();
    }
  });

  // A table that fits needs no scrolling of its own, so its head may stay while the page scrolls.
  const fit = () =>
    all(".table-box").forEach((box) => {
      box.classList.remove("fits");
      box.classList.toggle("fits", box.scrollWidth <= box.clientWidth);
    });
  fit();
  addEventListener("resize", fit);

  // Keys: never while typing, never with a modifier that belongs to the browser.
  const rows = () => all("[data-rows] tbody tr").filter((row) => one("a[href]", row));
  const step = (by) => {
    const list = rows();
    const at = list.findIndex((row) => row.contains(document.activeElement));
    const row = list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)];
    row?.scrollIntoView({ block: "nearest" });
    if (row) one("a[href]", row).focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = one("details[data-dropdown][open]");
      if (open?.contains(document.activeElement)) one("summary", open).focus();
      closeDropdowns();
      if (body.classList.contains("menu-open")) {
        menu(false);
        menuButton.focus();
      }
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || one("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    if (event.key === "/") {
      const search = one("[data-search]") || one("[data-find]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "x") {
      const row = document.activeElement.closest("[data-rows] tr");
      if (row) one("input[type=checkbox]", row)?.click();
    }
  });

  // A search field's own change event would ask a second time for what input already asked.
  document.addEventListener(
    "change",
    (event) => event.target.matches("[data-search]") && event.stopPropagation(),
    true,
  );

  // Typed confirmation; the server asks again.
  document.addEventListener("input", (event) => {
    const wanted = event.target.dataset.confirm;
    if (wanted === undefined) return;
    event.target.setCustomValidity(event.target.value.trim() === wanted ? "" : `Type ${wanted} to confirm.`);
  });

  // One submit, once. Disabled a tick later, so that the pressed button's value is still sent.
  const release = (form) => {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    all("button[data-held]", form).forEach((button) => {
      button.disabled = false;
      delete button.dataset.held;
    });
  };
  const hold = (form) => {
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    all("button:not([type=button], :disabled)", form).forEach((button) => {
      button.disabled = true;
      button.dataset.held = "1";
    });
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => (event.defaultPrevented ? release : hold)(form));
    setTimeout(release, 15000, form);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach(release));

  // htmx
  let focused = null;
  body.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "get") return;
    for (const [key, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(key);
  });
  body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.matches("form[method=post]")) hold(detail.elt);
  });
  body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt.dataset?.sent) release(detail.elt);
  });
  body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // A session that has ended answers with the sign-in page: go there, do not swap it in.
    const login = body.dataset.loginUrl;
    if (login && new URL(detail.xhr.responseURL || location.href).pathname === login) {
      detail.shouldSwap = false;
      location.reload();
      return;
    }
    const active = document.activeElement;
    focused = null;
    if (detail.target?.contains(active)) focused = active.closest(".pager") ? "" : active.getAttribute("href") || active.id;
  });
  body.addEventListener("htmx:afterSettle", ({ detail }) => {
    const target = document.getElementById(detail.target?.id) || detail.elt;
    if (focused !== null && (focused === "" || document.activeElement === body)) {
      const same = focused && all("a[href], [id]", target).find((item) => [item.getAttribute("href"), item.id].includes(focused));
      (same || target).focus({ preventScroll: true });
    }
    focused = null;
    fit();
    const news = one("[data-announce]", target);
    if (news) say(news.textContent.trim().replace(/\s+/g, " "));
  });
  body.addEventListener("htmx:responseError", ({ detail }) => {
    const { status } = detail.xhr;
    const title =
      { 403: "You may not do this.", 404: "This is no longer there.", 429: "Too many requests: wait a moment." }[status] ||
      (status < 500 ? "The portal refused this." : "The portal failed at this. Nothing was changed unless it says so.");
    problem(title, detail.xhr.getResponseHeader("X-Request-ID"));
  });
  body.addEventListener("htmx:sendError", () => problem("The portal cannot be reached. Check the connection and try again."));
  body.addEventListener("htmx:timeout", () => problem("The portal took too long to answer. Try again."));

  // Titles of times, in the viewer's zone too.
  document.addEventListener("pointerover", ({ target }) => {
    if (!target.matches("time[datetime]") || target.dataset.local) return;
    target.dataset.local = "1";
    const local = new Date(target.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
    target.title += `\n${local}`;
  });
})();
