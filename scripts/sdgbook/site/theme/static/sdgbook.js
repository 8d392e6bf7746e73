/* Comforts on top of pages that work without: the reader's choice of scheme, sources on tap, search on demand.
   Loaded before the page is drawn, so that a chosen scheme does not flash. */
(() => {
  "use strict";
  const html = document.documentElement;
  const own = document.currentScript.src;

  // The reader's choice of scheme: the only thing this site ever stores, and only once chosen.
  const stored = (() => {
    try {
      return localStorage;
    } catch {
      return null; // Storage is refused: the choice lasts for this page.
    }
  })();
  const setScheme = (scheme) => (scheme ? (html.dataset.theme = scheme) : delete html.dataset.theme);
  setScheme(stored?.getItem("theme"));

  function offerSchemes() {
    const choice = document.getElementById("mau-nen");
    if (!choice) return;
    choice.value = html.dataset.theme ?? "";
    choice.addEventListener("change", () => {
      setScheme(choice.value);
      choice.value ? stored?.setItem("theme", choice.value) : stored?.removeItem("theme");
    });
    choice.closest("[hidden]").hidden = false;
  }

  // The source of a figure, shown beside it. Its link leads to the figure's row and stays a link.
  const card = document.createElement("span");
  let shown = null;

  function templateOf(link) {
    return document.getElementById("nguon-" + decodeURIComponent(link.hash.slice(1)));
  }

  function show(link) {
    if (shown === link) return;
    hide();
    card.replaceChildren(templateOf(link).content.cloneNode(true));
    link.after(card);
    link.setAttribute("aria-expanded", "true");
    link.setAttribute("aria-describedby", card.id);
    card.hidden = false;
    card.showPopover?.();
    shown = link;
    // The browser brings a focused link into view only later; the card needs to know where it will be.
    link.scrollIntoView({ block: "nearest" });
    place();
  }

  function hide() {
    if (!shown) return;
    const link = shown;
    shown = null;
    link.setAttribute("aria-expanded", "false");
    link.removeAttribute("aria-describedby");
    if (card.contains(document.activeElement)) link.focus();
    card.hidePopover?.();
    card.hidden = true;
    card.remove();
  }

  // Below the figure where there is room, else on the side that has more; never over the figure or out of the window.
  function place() {
    if (!shown) return;
    const { left, top, bottom } = shown.getBoundingClientRect();
    card.style.maxHeight = "";
    const above = top - 14;
    const below = innerHeight - bottom - 14;
    const under = below >= card.offsetHeight || below >= above;
    card.style.maxHeight = `${Math.max(96, under ? below : above)}px`;
    card.style.left = `${Math.max(8, Math.min(left, html.clientWidth - card.offsetWidth - 8))}px`;
    card.style.top = `${under ? bottom + 6 : top - card.offsetHeight - 6}px`;
  }

  function offerSources() {
    card.id = "nguon";
    card.className = "source-card";
    card.setAttribute("role", "dialog");
    card.setAttribute("aria-label", "Nguồn của con số");
    if (card.showPopover) card.setAttribute("popover", "manual");
    for (const link of document.querySelectorAll("a.fact")) {
      if (!templateOf(link)) continue;
      link.setAttribute("aria-haspopup", "dialog");
      link.setAttribute("aria-expanded", "false");
    }
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a.fact[aria-haspopup]");
      const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
      if (link && plain) {
        event.preventDefault();
        // From the keyboard, Enter goes into what the focus has already shown.
        if (shown === link && link.matches(":focus-visible")) card.querySelector("a")?.focus();
        else shown === link ? hide() : show(link);
      } else if (!card.contains(event.target) || event.target.closest("a")) {
        hide();
      }
    });
    document.addEventListener("focusin", ({ target }) => {
      if (target.matches("a.fact[aria-haspopup]") && target.matches(":focus-visible")) show(target);
      else if (shown && target !== shown && !card.contains(target)) hide();
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
    for (const change of ["scroll", "resize"]) addEventListener(change, place, { passive: true });
  }

  // Search: nothing of it is fetched before the field is used.
  function offerSearch() {
    const field = document.getElementById("tim");
    if (!field) return;
    const root = html.dataset.root;
    const open = ({ relatedTarget: from }) => {
      field.removeEventListener("focus", open);
      import(new URL("search.js", own))
        .then((module) => module.open(field, root, from))
        .catch(() => {
          field.addEventListener("focus", open, { once: true });
          const note = document.createElement("p");
          note.className = "search-failed";
          note.setAttribute("role", "status");
          const link = Object.assign(document.createElement("a"), { href: `${root}muc-luc.html`, textContent: "trang tra cứu" });
          note.append("Chưa tải được phần tìm kiếm. Bạn có thể xem ", link, ".");
          if (!field.form.querySelector(".search-failed")) field.form.append(note);
        });
    };
    field.addEventListener("focus", open);
    document.addEventListener("keydown", (event) => {
      const typing = event.target.matches("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.focus();
    });
    const asked = new URLSearchParams(location.search).get("q");
    if (asked) {
      field.value = asked;
      field.focus();
    }
  }

  // On a wide window the list of sections stands beside the text, where it hides nothing.
  function openSections() {
    const list = document.querySelector("details.local");
    if (list && matchMedia("(min-width: 64rem)").matches) list.open = true;
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const offer of [openSections, offerSchemes, offerSources, offerSearch]) offer();
  });
})();
