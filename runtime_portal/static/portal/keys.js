// Keys that lead on: g and a letter, ? for all of them, Ctrl-K for the box, ranges with shift.
(() => {
  const dialog = document.querySelector("#keys");
  const PATIENCE = 1500; // milliseconds between g and its letter
  const typing = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
  let went = 0;
  let last = null; // the row ticked last, from which a range begins

  const ticks = () => [...document.querySelectorAll("[data-rows] tbody tr input[type=checkbox]")];
  const range = (to) => {
    const list = ticks();
    const [from, until] = [list.indexOf(last), list.indexOf(to)].sort((a, b) => a - b);
    if (from < 0) return;
    const checked = last.checked;
    list.slice(from, until + 1).forEach((tick) => (tick.checked = checked));
  };

  document.addEventListener("click", (event) => {
    const tick = event.target.closest("[data-rows] tbody input[type=checkbox]");
    if (!tick) return;
    if (event.shiftKey && last) range(tick);
    last = tick;
  });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || dialog?.open) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      const box = document.querySelector("[data-find]");
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(typing)) return;
    const follows = went && event.timeStamp - went < PATIENCE;
    went = 0;
    if (follows && /^[a-z]$/.test(event.key)) {
      event.preventDefault();
      document.querySelector(`[data-go="${event.key}"]`)?.click();
    } else if (event.key === "g") went = event.timeStamp;
    else if (event.key === "?" && dialog) {
      event.preventDefault();
      dialog.showModal();
    } else if (event.key === "X") {
      const tick = document.activeElement.closest("[data-rows] tr")?.querySelector("input[type=checkbox]");
      if (!tick) return;
      if (last && last.isConnected) range(tick);
      else tick.click();
      last = tick;
    }
  });
})();
