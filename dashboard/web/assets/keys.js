/* The keyboard: / search, ? help, arrows in lists, Esc, G and a letter to a page, [ and ] in a
   replay. Nothing while somebody types, nothing on a kiosk. */
(function () {
  "use strict";
  var root = document.documentElement;
  var foresite = (window.foresite = window.foresite || {});
  var going = 0; // when G was pressed

  function typing(target) {
    return target instanceof Element &&
      (target.closest("input, textarea, select, [contenteditable=true], [role=combobox]") !== null);
  }

  function help() { return document.getElementById("help"); }

  foresite.openHelp = function () {
    var dialog = help();
    if (dialog && !dialog.open) { dialog.showModal(); } // the rest of the page is inert
  };

  function search() {
    var field = document.querySelector("[data-search]");
    if (!field) { return false; }
    var input = field.matches("input") ? field : field.querySelector("input");
    if (!input) { return false; }
    input.focus();
    input.select();
    return true;
  }

  /* Esc in a field: first empties it, then leaves it. */
  function escaped(field) {
    if (field.matches("input") && field.value && field.closest("[data-search]")) {
      var set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
      set.call(field, "");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      field.blur();
    }
  }

  /* What arrows go through: links, or where a list has none, the rows of its table. */
  function rowsOf(list) {
    var rows = Array.from(list.querySelectorAll("a, button")).filter(function (one) {
      return one.tabIndex >= 0 && one.offsetParent !== null;
    });
    if (rows.length) { return rows; }
    rows = Array.from(list.querySelectorAll("tbody tr"));
    rows.forEach(function (one) { one.tabIndex = -1; }); // Tab passes them by
    return rows;
  }

  /* Arrows belong to the page as long as it has something to scroll. */
  function scrolls() {
    return document.scrollingElement.scrollHeight > window.innerHeight + 1;
  }

  /* The next row of a list; on a page that stands still also without having been there before. */
  function row(event) {
    var inside = event.target instanceof Element ? event.target.closest("[data-rows]") : null;
    var list = inside || (document.activeElement === document.body && !scrolls() &&
      document.querySelector("[data-rows]"));
    if (!list) { return false; }
    var rows = rowsOf(list);
    if (!rows.length) { return false; }
    var at = rows.indexOf(document.activeElement), step = event.key === "ArrowDown" ? 1 : -1;
    if (event.key === "Home") { at = 0; step = 0; }
    if (event.key === "End") { at = rows.length - 1; step = 0; }
    rows[Math.min(Math.max(at + step, 0), rows.length - 1)].focus();
    return true;
  }

  function page(letter) {
    var link = document.querySelector('.nav [data-go="' + letter + '"] a');
    if (link) { link.click(); }
    return Boolean(link);
  }

  function press(event) {
    switch (event.key) {
      case "/": return search();
      case "?": foresite.openHelp(); return true;
      case "ArrowDown": case "ArrowUp": return row(event);
      case "Home": case "End":
        return event.target instanceof Element && event.target.closest("[data-rows]") && row(event);
      case "[": return foresite.replay && foresite.replay.step(-1);
      case "]": return foresite.replay && foresite.replay.step(1);
      case "g": case "G": going = performance.now(); return true;
      default: return false;
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (root.dataset.kiosk === "full" || (help() && help().open)) { return; }
    if (typing(event.target)) {
      if (event.key === "Escape") { escaped(event.target); }
      return;
    }
    var awaited = performance.now() - going < 1500 && event.key.length === 1;
    if (awaited) { going = 0; }
    if (awaited ? page(event.key.toLowerCase()) : press(event)) { event.preventDefault(); }
  });

  /* Past the bar: to the content. */
  function toContent() {
    var main = document.querySelector("main");
    if (main) {
      main.tabIndex = -1;
      main.focus();
    }
  }

  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) { return; }
    if (target.closest(".help-open")) { foresite.openHelp(); }
    if (target.closest(".help-close") || target === help()) { help().close(); }
    if (target.closest(".skip")) { toContent(); }
  });

  /* On another page the focus starts at its content, not where the last page's link was. */
  var path = null;
  (foresite.dressed = foresite.dressed || []).push(function () {
    if (path !== null && path !== window.location.pathname &&
        (document.activeElement === document.body || document.activeElement.closest(".bar"))) {
      setTimeout(toContent, 0);
    }
    path = window.location.pathname;
  });
})();
