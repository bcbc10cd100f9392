(function () {
  var form = document.getElementById("finder"), items = Array.from(document.querySelectorAll("li[data-text]"));
  var sections = Array.from(document.querySelectorAll("section.nb")), count = document.getElementById("count");
  function bare(text) { return text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, ""); }
  function apply() {
    var words = bare(form.q.value).split(/\s+/).filter(Boolean), shown = 0;
    items.forEach(function (item) {
      var ok = words.every(function (word) { return item.dataset.text.indexOf(word) >= 0; });
      Array.from(form.querySelectorAll("select")).forEach(function (select) {
        if (ok && select.value) ok = item.getAttribute("data-" + select.name) === select.value;
      });
      item.hidden = !ok;
      shown += ok;
    });
    sections.forEach(function (section) { section.hidden = !section.querySelector("li[data-text]:not([hidden])"); });
    count.textContent = count.dataset.text.replace("#", shown).replace("#", items.length);
    var kept = Array.from(new FormData(form)).filter(function (pair) { return pair[1]; });
    try { history.replaceState(null, "", kept.length ? "#" + new URLSearchParams(kept) : location.pathname.split("/").pop() || "."); } catch (ignored) {}
  }
  new URLSearchParams(location.hash.slice(1)).forEach(function (value, name) { if (form[name]) form[name].value = value; });
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(apply); });
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) { event.preventDefault(); form.q.focus(); }
    if (event.key === "Escape" && event.target === form.q) { form.q.value = ""; apply(); }
  });
  apply();
})();
