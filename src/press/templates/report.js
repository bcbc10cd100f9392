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
  function seen(figure) {
    return Array.from(figure.querySelectorAll("img, .drawing")).find(function (one) { return one.offsetParent; });
  }
  function show(figure) {
    var drawn = seen(figure);
    if (!drawn || !large.showModal) return;
    large.setAttribute("aria-label", drawn.getAttribute("alt") || drawn.getAttribute("aria-label"));
    large.replaceChildren(drawn.cloneNode(true));
    large.showModal();
  }
  // A drawing as PNG, three points a pixel on white: outside a page, its colours are those of the light page.
  function png(figure, name) {
    var drawn = seen(figure).querySelector("svg"), picture = new Image(), sheet = document.createElement("canvas");
    picture.onload = function () {
      sheet.width = 3 * picture.width;
      sheet.height = 3 * picture.height;
      var pen = sheet.getContext("2d");
      pen.fillStyle = "white";
      pen.fillRect(0, 0, sheet.width, sheet.height);
      pen.drawImage(picture, 0, 0, sheet.width, sheet.height);
      var link = document.createElement("a");
      link.download = name;
      link.href = sheet.toDataURL("image/png");
      link.click();
    };
    picture.src = "data:image/svg+xml," + encodeURIComponent(new XMLSerializer().serializeToString(drawn));
  }
  document.querySelectorAll("figure").forEach(function (figure) {
    figure.querySelectorAll("img, .drawing").forEach(function (drawn) { drawn.addEventListener("click", function () { show(figure); }); });
    figure.querySelectorAll("[data-large]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { show(figure); });
    });
    figure.querySelectorAll("[data-png]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { png(figure, location.pathname.split("/").slice(-4, -2).concat(button.dataset.png + ".png").join("-")); });
    });
  });
  large.addEventListener("click", function () { large.close(); });

  document.querySelectorAll(".drawing").forEach(function (drawing) {
    oneStop(drawing, Array.from(drawing.querySelectorAll("g.mark[tabindex]")), -1);
  });

  // A table or an equation wider than its place says so.
  function wide() {
    document.querySelectorAll(".scroll, math[display='block']").forEach(function (box) { box.classList.toggle("more", box.scrollWidth > box.clientWidth + 2); });
  }
  window.addEventListener("resize", wide);
  wide();
})();
