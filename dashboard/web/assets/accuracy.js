/* Links within a page change the address and leave the page where it is: no jump to the top. */
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    var link = event.target instanceof Element ? event.target.closest("a[data-stay]") : null;
    if (!link) { return; }
    event.preventDefault();
    window.dash_clientside.set_props("url", { href: link.getAttribute("href") });
  });
})();
