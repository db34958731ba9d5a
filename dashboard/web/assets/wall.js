/* Sending a crew from the list. The ticker: one page of items after another, at a pace that lets them be read. Nothing runs;
   while somebody points at it or is in it with the keyboard, it rests. */
(function () {
  "use strict";

  var PACE = 9000;
  var at = 0;

  function turn(step) {
    var box = document.getElementById("wall-ticker");
    var pages = box ? box.querySelectorAll(".ticker-page") : [];
    if (!pages.length) {
      return;
    }
    at = (at + step + pages.length) % pages.length;
    pages.forEach(function (page, n) {
      page.classList.toggle("here", n === at);
    });
    var count = box.querySelector(".ticker-count");
    if (count) {
      count.textContent = at + 1 + " / " + pages.length;
    }
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.foresite_wall = {
    /* Which line's reds a crew shall go to, and who says so; nothing for buttons that just came. */
    wish: function () {
      var context = window.dash_clientside.callback_context, by = context.triggered[0];
      if (!by || !by.value) { return window.dash_clientside.no_update; }
      return { area: context.triggered_id.area, who: window.foresite.who(), at: Date.now() };
    },
  };

  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest(".ticker-turn") : null;
    if (button) {
      turn(Number(button.dataset.turn));
    }
  });

  setInterval(function () {
    var box = document.getElementById("wall-ticker");
    if (box && !box.matches(":hover") && !box.matches(":focus-within") && !document.hidden) {
      turn(1);
    }
  }, PACE);
})();
