(function () {
  // The map is one stop of the tab key; arrow keys move to the nearest tile that way.
  var list = document.querySelector(".tiles");
  if (list) {
    var links = Array.from(list.querySelectorAll("a"));
    var place = function (link) { return [parseInt(link.parentNode.style.gridRowStart, 10), parseInt(link.parentNode.style.gridColumnStart, 10)]; };
    links.forEach(function (link, n) { link.tabIndex = n ? -1 : 0; });
    list.addEventListener("keydown", function (event) {
      var way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!way || !event.target.closest("a")) return;
      event.preventDefault();
      var from = place(event.target), best = null, least = Infinity;
      links.forEach(function (link) {
        var at = place(link), down = at[0] - from[0], right = at[1] - from[1];
        var along = down * way[0] + right * way[1], aside = Math.abs(down * way[1]) + Math.abs(right * way[0]);
        if (along > 0 && along + 3 * aside < least) { least = along + 3 * aside; best = link; }
      });
      if (!best) return;
      links.forEach(function (link) { link.tabIndex = link === best ? 0 : -1; });
      best.focus();
    });
    document.querySelectorAll("input[name=shade]").forEach(function (choice) {
      choice.addEventListener("change", function () { list.dataset.shade = choice.value; });
    });
    var chosen = document.querySelector("input[name=shade]:checked");
    if (chosen) list.dataset.shade = chosen.value;
  }
  var form = document.getElementById("finder");
  if (form && form.dataset.to) {
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      location.href = form.dataset.to + "#" + new URLSearchParams({ q: form.q.value });
    });
  }
})();
