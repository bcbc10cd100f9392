(function () {
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[data-code]");
    if (!button) return;
    var open = button.getAttribute("aria-pressed") !== "true";
    document.querySelectorAll("details.code").forEach(function (part) { part.open = open; });
    button.setAttribute("aria-pressed", String(open));
    button.textContent = button.getAttribute(open ? "data-hide" : "data-code");
  });

  // A figure in a window of its own: click on it, or its button; Escape closes.
  var large = document.createElement("dialog");
  large.className = "large";
  document.body.append(large);
  function show(figure) {
    var drawn = Array.from(figure.querySelectorAll("img, .drawing")).find(function (one) { return one.offsetParent; });
    if (!drawn || !large.showModal) return;
    large.setAttribute("aria-label", drawn.getAttribute("alt") || drawn.getAttribute("aria-label"));
    large.replaceChildren(drawn.cloneNode(true));
    large.showModal();
  }
  document.querySelectorAll("figure").forEach(function (figure) {
    figure.querySelectorAll("img, .drawing").forEach(function (drawn) { drawn.addEventListener("click", function () { show(figure); }); });
    figure.querySelectorAll("[data-large]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { show(figure); });
    });
  });
  large.addEventListener("click", function () { large.close(); });

  document.querySelectorAll(".drawing").forEach(function (drawing) {
    oneStop(drawing, Array.from(drawing.querySelectorAll("g.mark[tabindex]")), -1);
  });

  // A table wider than its place says so.
  function wide() {
    document.querySelectorAll(".scroll").forEach(function (box) { box.classList.toggle("more", box.scrollWidth > box.clientWidth + 2); });
  }
  window.addEventListener("resize", wide);
  wide();
})();
