document.addEventListener("click", function (event) {
  var button = event.target.closest("button[data-code]");
  if (!button) return;
  var open = button.getAttribute("aria-pressed") !== "true";
  document.querySelectorAll("details.code").forEach(function (part) { part.open = open; });
  button.setAttribute("aria-pressed", String(open));
  button.textContent = button.getAttribute(open ? "data-hide" : "data-code");
});
