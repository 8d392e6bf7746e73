/* Added to each page that the preview sends, and to none of the site's files: loads the page again after a build and
   brings its reader back to where they were, also when problems stood in the page's place meanwhile. */
(() => {
  "use strict";
  const { made, page } = document.currentScript.dataset;
  const isPage = page !== undefined;
  const KEY = "preview-place";
  const folds = () => Array.from(document.querySelectorAll("details"));

  // The browser's own memory of places is set aside until we have put the reader back: it would take the place on the
  // page of problems for theirs. It serves again for readers who leave and come back.
  let leaving = false;
  addEventListener("pagehide", () => {
    if (isPage && !leaving) history.scrollRestoration = "auto";
  });

  function keepPlace() {
    leaving = true;
    history.scrollRestoration = "manual";
    const open = folds().map((fold) => fold.open);
    sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, top: scrollY, open }));
  }

  function takePlace() {
    const place = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
    return place?.path === location.pathname ? place : null;
  }

  function putBack({ top, open }) {
    const now = folds();
    if (now.length === open.length) now.forEach((fold, n) => (fold.open = open[n]));
    const scroll = () => scrollTo({ top, behavior: "instant" });
    scroll();
    addEventListener("load", scroll); // What has loaded since may have moved the lines.
  }

  const note = document.createElement("p");
  note.textContent = "đang dựng lại…";
  note.setAttribute("role", "status");
  note.style.cssText =
    "position: fixed; right: 1rem; bottom: 1rem; z-index: 9; margin: 0; padding: 0.3rem 0.8rem; border-radius: 6px;" +
    "font-size: 0.85rem; background: var(--card); color: var(--ink); box-shadow: var(--shadow)";

  function listen() {
    const line = new WebSocket(`ws://${location.host}/_preview/listen`);
    line.onmessage = ({ data }) => {
      const now = JSON.parse(data);
      if (now.made !== made) {
        if (isPage) keepPlace();
        location.reload();
      } else if (now.building) {
        document.body.append(note);
      } else {
        note.remove();
      }
    };
    // The preview was stopped, or this machine slept.
    line.onclose = () => setTimeout(listen, 1000);
  }

  if (isPage) {
    const place = takePlace();
    if (place) putBack(place);
  }
  listen();
})();
