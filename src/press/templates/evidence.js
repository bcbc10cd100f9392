(function () {
  var data = JSON.parse(document.getElementById("data").textContent), form = document.getElementById("finder");
  var table = document.getElementById("table"), said = table.dataset, count = document.getElementById("count");
  var more = document.querySelector("#more button"), drawn = document.getElementById("drawn"), told = document.getElementById("told");
  var filters, shown = [], page = 100, state = { sort: "", down: false, most: page };
  var keys = data.keys, grid = data.grid;
  var rows = data.rows.map(function (row) {
    var one = { report: data.reports[row[0]], estimate: row[2][0], low: row[2][1], high: row[2][2], p: row[2][3], scaled: row[3], verdict: row[4], holm: row[5] };
    keys.forEach(function (key, n) { one[key] = row[1][n]; });
    return one;
  });

  // --- texts
  function text(key, value) { return (data.labels[key] || {})[value] || value; }
  function number(value, most) {
    return value == null ? "" : value.toLocaleString(data.lang, { maximumSignificantDigits: most || 3 }).replace(/^-/, "\u2212");
  }
  function chance(value) {
    return value == null ? "" : value < 0.001 ? "< " + (0.001).toLocaleString(data.lang) : value.toLocaleString(data.lang, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  }
  // A column that a filter holds to one value is left out, but the first.
  function open(names) { return names.filter(function (key, n) { return !n || !form[key] || !form[key].value; }); }
  function unit(row) {
    if (row.scaled) return data.scaled;
    var own = (data.units[row[data.units_of]] || "").split(",")[0];
    return data.difference[own] || own;
  }
  function interval(row) { return row.low == null ? "" : "[" + number(row.low) + "; " + number(row.high) + "]"; }
  function way(row) {
    var better = data.ways[row[data.units_of]], up = row.estimate > 0;
    if (better !== "higher" && better !== "lower") return up ? said.higher : said.lower;
    return (up ? said.higher : said.lower) + ", " + (up === (better === "higher") ? said.better : said.worse);
  }
  function verdict(row) { return row.verdict.map(function (one) { return data.verdict.labels[one] || ""; }).filter(function (one, n, all) { return one && all.indexOf(one) === n; }).join(": "); }
  function make(name, content, about) {
    var made = document.createElement(name);
    Object.entries(about || {}).forEach(function (pair) { made.setAttribute(pair[0], pair[1]); });
    [].concat(content == null ? [] : content).forEach(function (one) { made.append(one); });
    return made;
  }
  function link(row, content) { return make("a", content, { href: row.report + "/" + data.lang + "/index.html" }); }

  // --- which rows
  function fits(row, where) { return Object.keys(where).every(function (key) { return where[key].indexOf(row[key]) >= 0; }); }
  function view() { return form.view.value; }
  function choose() {
    var in_grid = view() === "grid";
    shown = rows.filter(function (row) {
      return (!in_grid || fits(row, grid.where)) && (!form.low.checked || (row.p != null && row.p < 0.05)) && Array.from(filters).every(function (one) {
        return !one.value || row[one.name] === one.value || one.closest("label").hidden;
      });
    });
  }
  function worth(row, key) {
    if (key === "verdict") return verdict(row);
    if (typeof row[key] === "number" || row[key] == null) return row[key];
    return data.order[key] ? data.order[key].indexOf(row[key]) : text(key, row[key]);
  }
  function compare(key, down) {
    return function (a, b) {
      var x = worth(a, key), y = worth(b, key);
      if (x == null || y == null) return (x == null) - (y == null);
      return (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), data.lang)) * (down ? -1 : 1);
    };
  }

  // --- the table
  function head(columns) {
    return make("thead", make("tr", columns.map(function (column) {
      var button = make("button", column[1], { type: "button", class: "plain", "data-sort": column[0] });
      return make("th", button, { scope: "col", "aria-sort": state.sort !== column[0] ? "none" : state.down ? "descending" : "ascending" });
    })));
  }
  function size(row) {
    var loud = row.holm != null && row.holm < 0.05, content = (row.estimate > 0 ? "\u25b2 " : "\u25bc ") + number(Math.abs(row.estimate)) + " " + unit(row);
    var lines = [link(row, loud ? make("strong", content) : content), make("small", way(row)), make("small", interval(row))];
    if (row.p != null) lines.push(make("small", "p " + chance(row.p) + (row.holm == null ? "" : "; " + said.holm.replace(/^p, /, "") + " " + chance(row.holm))));
    return make("td", lines, { class: "size" });
  }
  function as_grid() {
    var groups = new Map(), columns = grid.columns.filter(function (name) { return shown.some(function (row) { return row[grid.column] === name; }); });
    shown.forEach(function (row) {
      var id = grid.rows.map(function (key) { return row[key]; }).join("\t"), group = groups.get(id) || { first: row, verdict: verdict(row) };
      group[row[grid.column]] = group[row[grid.column]] || row;
      groups.set(id, group);
    });
    var list = Array.from(groups.values()), key = state.sort;
    if (key) {
      list.sort(columns.indexOf(key) >= 0 ? function (a, b) {
        return compare("p", state.down)(a[key] || {}, b[key] || {});
      } : function (a, b) { return compare(key, state.down)(a.first, b.first); });
    }
    var left = open(grid.rows), names = left.map(function (one) { return [one, data.columns[one]]; });
    table.replaceChildren(
      head(names.concat(data.verdict.label ? [["verdict", data.verdict.label]] : [], columns.map(function (one) { return [one, text(grid.column, one)]; }))),
      make("tbody", list.slice(0, state.most).map(function (group) {
        var cells = left.map(function (one, n) { return make(n ? "td" : "th", text(one, group.first[one]), n ? {} : { scope: "row" }); });
        if (data.verdict.label) cells.push(make("td", group.verdict)); // before the designs: on a phone they need scrolling
        columns.forEach(function (one) { cells.push(group[one] ? size(group[one]) : make("td", make("small", said.none))); });
        return make("tr", cells);
      })));
    return list.length;
  }
  function as_list() {
    var list = state.sort ? shown.slice().sort(compare(state.sort, state.down)) : shown;
    var left = open(keys), names = left.map(function (key) { return [key, data.columns[key]]; });
    names.splice(1, 0, ["estimate", said.size], ["low", said.range], ["p", said.p]);
    table.replaceChildren(head(names.concat([["holm", said.holm], ["verdict", data.verdict.label || ""]])), make("tbody", list.slice(0, state.most).map(function (row) {
      return make("tr", [make("th", link(row, text(keys[0], row[keys[0]])), { scope: "row" }), make("td", number(row.estimate) + " " + unit(row)), make("td", interval(row)), make("td", chance(row.p))].concat(
        left.slice(1).map(function (key) { return make("td", text(key, row[key])); }), [make("td", chance(row.holm)), make("td", verdict(row))]));
    })));
    return list.length;
  }

  // --- the curve
  function draw() {
    var key = data.units_of, all = shown.length ? shown : rows, chosen = form[key] && form[key].value ? form[key].value : all[0] && all[0][key];
    var points = rows.filter(function (row) {
      return row[key] === chosen && row.estimate != null && fits(row, data.curve.where) && (!form.low.checked || row.p < 0.05) && Array.from(filters).every(function (one) {
        return !one.value || one.name === key || one.closest("label").hidden || row[one.name] === one.value;
      });
    }).sort(compare("estimate", false));
    told.textContent = "";
    drawn.replaceChildren();
    if (!points.length) return;
    var svg = function (name, about, content) {
      var made = document.createElementNS("http://www.w3.org/2000/svg", name);
      Object.entries(about).forEach(function (pair) { made.setAttribute(pair[0], pair[1]); });
      if (content != null) made.append(content);
      return made;
    };
    var width = Math.max(320, drawn.clientWidth), left = width < 600 ? 158 : 232, high = 230, step = (width - left - 12) / points.length;
    var ends = points.reduce(function (kept, row) { return kept.concat(row.estimate, row.low == null ? [] : [row.low, row.high]); }, [0]).sort(function (a, b) { return a - b; });
    var cut = function (share) { return ends[Math.round(share * (ends.length - 1))]; };
    var bottom = Math.min(points[0].estimate, cut(0.02), 0), top = Math.max(points[points.length - 1].estimate, cut(0.98), 0), y = function (value) {
      return 34 + (high - 44) * (1 - (Math.min(top, Math.max(bottom, value)) - bottom) / (top - bottom || 1));
    };
    var strips = [];
    data.curve.by.forEach(function (by) {
      var values = Array.from(new Set(points.map(function (row) { return row[by]; })));
      if (values.length > 1) strips.push([by]);
      if (values.length > 1) values.sort(function (a, b) { return compare(by, false)(Object.fromEntries([[by, a]]), Object.fromEntries([[by, b]])); }).forEach(function (value) { strips.push([by, value]); });
    });
    var image = svg("svg", { width: width, height: high + strips.length * 17 + 8, viewBox: "0 0 " + width + " " + (high + strips.length * 17 + 8), role: "group", "aria-label": text(key, chosen) });
    image.append(svg("text", { x: 4, y: 16, class: "bold" }, text(key, chosen) + (unit(points[0]) ? " (" + unit(points[0]) + "), n = " : ", n = ") + points.length));
    for (var n = 0, grade = Math.pow(10, Math.floor(Math.log10((top - bottom) / 3 || 1))), lines = (top - bottom) / grade > 8 ? grade * 2.5 : grade; n * lines <= top || -n * lines >= bottom; n++) {
      (n ? [n * lines, -n * lines] : [0]).forEach(function (value) {
        if (value > top || value < bottom) return;
        image.append(svg("line", { x1: left, x2: width - 8, y1: y(value), y2: y(value), class: n ? "line" : "zero" }), svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, number(value, 3)));
      });
    }
    strips.forEach(function (strip, n) {
      var name = strip.length > 1 ? String(text(strip[0], strip[1])) : data.columns[strip[0]], most = width < 600 ? 22 : 34;
      image.append(svg("text", { x: left - 6, y: high + 13 + n * 17, "text-anchor": "end", class: strip.length > 1 ? "" : "bold" }, name.length > most ? name.slice(0, most - 1) + "\u2026" : name));
    });
    var marks = points.map(function (row, n) {
      var x = left + (n + 0.5) * step, sure = row.p != null && row.p < 0.05;
      var label = [number(row.estimate) + " " + unit(row), interval(row), row.p == null ? "" : "p " + chance(row.p)].concat(data.curve.by.map(function (by) { return text(by, row[by]); })).filter(Boolean).join(", ");
      var mark = svg("a", { href: row.report + "/" + data.lang + "/index.html", "aria-label": label, class: sure ? "mark sure" : "mark" });
      mark.append(svg("title", {}, label), svg("rect", { x: x - step / 2, y: 24, width: step, height: high - 24 + strips.length * 17, class: "field" }));
      if (row.low != null) mark.append(svg("line", { x1: x, x2: x, y1: y(row.low), y2: y(row.high) }));
      mark.append(svg("circle", { cx: x, cy: y(row.estimate), r: Math.max(1.6, Math.min(4, step / 2)) }));
      strips.forEach(function (strip, k) { if (strip.length > 1 && row[strip[0]] === strip[1]) mark.append(svg("rect", { x: x - Math.min(step, 3) / 2, y: high + 4 + k * 17, width: Math.min(Math.max(step * 0.8, 0.6), 3), height: 11, class: "strip" })); });
      mark.addEventListener("focus", function () { told.textContent = label; });
      mark.addEventListener("mouseenter", function () { told.textContent = label; });
      return mark;
    });
    image.append.apply(image, marks);
    oneStop(image, marks, 1);
    drawn.append(image);
  }

  // --- files
  function records() {
    return [keys.map(function (key) { return data.columns[key]; }).concat([said.size, said.unit, said.range + " (1)", said.range + " (2)", "p", said.holm, data.verdict.label || "", said.report])].concat(shown.map(function (row) {
      return keys.map(function (key) { return text(key, row[key]); }).concat([row.estimate, unit(row), row.low, row.high, row.p, row.holm, verdict(row), row.report]);
    }));
  }
  function harmless(cell) { return typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) ? "'" + cell : cell == null ? "" : cell; }
  function csv() {
    return "\ufeff" + records().map(function (line) {
      return line.map(function (cell) { cell = String(harmless(cell)); return /[",\n]/.test(cell) ? '"' + cell.replace(/"/g, '""') + '"' : cell; }).join(",");
    }).join("\n") + "\n";
  }
  function tex() {
    var marks = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "\u2212": "$-$", "<": "$<$", ">": "$>$" };
    var safe = function (cell) { return String(cell == null ? "" : typeof cell === "number" ? number(cell) : cell).replace(/[\\~^\u2212<>]|[&%$#_{}]/g, function (found) { return marks[found] || "\\" + found; }); };
    var lines = records().map(function (line) { return line.map(safe).join(" & ") + " \\\\"; });
    return "% \\usepackage{booktabs,longtable}\n\\begin{longtable}{" + "l".repeat(keys.length) + "rlrrrrll}\n\\toprule\n" + lines[0] + "\n\\midrule\n\\endhead\n" + lines.slice(1).join("\n") + "\n\\bottomrule\n\\end{longtable}\n";
  }
  function xlsx() {
    var safe = function (cell) { return String(cell).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/&/g, "&amp;").replace(/</g, "&lt;"); }, head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
    var main = "http://schemas.openxmlformats.org/", sheet = records().map(function (line) {
      return "<row>" + line.map(function (cell) { return typeof cell === "number" ? "<c><v>" + cell + "</v></c>" : '<c t="inlineStr"><is><t xml:space="preserve">' + safe(cell == null ? "" : cell) + "</t></is></c>"; }).join("") + "</row>";
    }).join("");
    return zip({
      "[Content_Types].xml": head + '<Types xmlns="' + main + 'package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
      "_rels/.rels": head + '<Relationships xmlns="' + main + 'package/2006/relationships"><Relationship Id="r1" Type="' + main + 'officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
      "xl/workbook.xml": head + '<workbook xmlns="' + main + 'spreadsheetml/2006/main" xmlns:r="' + main + 'officeDocument/2006/relationships"><sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>',
      "xl/_rels/workbook.xml.rels": head + '<Relationships xmlns="' + main + 'package/2006/relationships"><Relationship Id="r1" Type="' + main + 'officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
      "xl/worksheets/sheet1.xml": head + '<worksheet xmlns="' + main + 'spreadsheetml/2006/main"><sheetData>' + sheet + "</sheetData></worksheet>"
    });
  }
  // A zip of files that are not pressed together.
  function zip(files) {
    var parts = [], index = [], offset = 0, coder = new TextEncoder(), crcs = Array.from({ length: 256 }, function (_, n) {
      for (var k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
      return n >>> 0;
    });
    function block(fields) {
      var view = new DataView(new ArrayBuffer(fields.reduce(function (sum, field) { return sum + field[0]; }, 0))), place = 0;
      fields.forEach(function (field) { if (field[0] === 2) view.setUint16(place, field[1], true); else view.setUint32(place, field[1], true); place += field[0]; });
      return new Uint8Array(view.buffer);
    }
    Object.keys(files).forEach(function (name) {
      var title = coder.encode(name), body = coder.encode(files[name]), crc = 0xffffffff;
      body.forEach(function (byte) { crc = crcs[(crc ^ byte) & 255] ^ (crc >>> 8); });
      var common = [[2, 20], [2, 2048], [2, 0], [2, 0], [2, 33], [4, (crc ^ 0xffffffff) >>> 0], [4, body.length], [4, body.length], [2, title.length], [2, 0]];
      var local = block([[4, 0x04034b50]].concat(common));
      index.push(block([[4, 0x02014b50], [2, 20]].concat(common, [[2, 0], [2, 0], [2, 0], [4, 0], [4, offset]])), title);
      parts.push(local, title, body);
      offset += local.length + title.length + body.length;
    });
    var length = index.reduce(function (sum, part) { return sum + part.length; }, 0), files_ = Object.keys(files).length;
    return new Blob(parts.concat(index, [block([[4, 0x06054b50], [2, 0], [2, 0], [2, files_], [2, files_], [4, length], [4, offset], [2, 0]])]));
  }
  document.querySelectorAll("[data-save]").forEach(function (button) {
    button.addEventListener("click", function () {
      var kind = button.dataset.save, content = { csv: csv, tex: tex, xlsx: xlsx }[kind](), target = make("a", "", { download: "evidence." + kind });
      target.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
      target.click();
      setTimeout(function () { URL.revokeObjectURL(target.href); }, 10000);
    });
  });

  // --- the state, in the address
  function apply() {
    Array.from(filters).forEach(function (one) { one.closest("label").hidden = view() === "grid" && grid.rows.indexOf(one.name) < 0; });
    choose();
    var total = view() === "grid" ? as_grid() : as_list();
    count.textContent = count.dataset.text.replace("#", shown.length.toLocaleString(data.lang)).replace("#", rows.length.toLocaleString(data.lang));
    more.hidden = total <= state.most;
    more.textContent = more.dataset.text.replace("#", Math.min(page * 5, total - state.most));
    table.parentNode.classList.toggle("more", table.offsetWidth > table.parentNode.clientWidth + 2);
    draw();
    var kept = Array.from(new FormData(form)).concat(state.sort ? [["sort", state.sort]] : [], state.down ? [["down", "1"]] : []);
    var hash = "#" + new URLSearchParams(kept);
    try { history.replaceState(null, "", hash); } catch (ignored) {}
    document.querySelectorAll("a[data-keep]").forEach(function (one) { one.href = one.getAttribute("href").split("#")[0] + hash; });
  }
  function read() {
    var given = new URLSearchParams(location.hash.slice(1)), first = !Array.from(given).length;
    Array.from(filters).forEach(function (one) { one.value = (first ? data.start[one.name] : given.get(one.name)) || ""; });
    form.view.value = given.get("view") === "list" ? "list" : "grid";
    form.low.checked = Boolean(given.get("low"));
    state = { sort: given.get("sort") || "", down: Boolean(given.get("down")), most: page };
    apply();
  }
  keys.forEach(function (key) {
    var values = Array.from(new Set(rows.map(function (row) { return row[key]; })));
    if (values.length < 2) return;
    values.sort(function (a, b) { return compare(key, false)(Object.fromEntries([[key, a]]), Object.fromEntries([[key, b]])); });
    var select = make("select", [make("option", form.dataset.all, { value: "" })].concat(values.filter(Boolean).map(function (value) { return make("option", text(key, value), { value: value }); })), { name: key });
    form.insertBefore(make("label", [data.columns[key], select]), form.querySelector(".check"));
  });
  filters = form.querySelectorAll("select");
  form.hidden = false;
  form.addEventListener("input", function () { state.most = page; apply(); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function (event) { event.preventDefault(); location.hash = ""; read(); });
  more.addEventListener("click", function () { state.most += page * 5; apply(); });
  table.addEventListener("click", function (event) {
    var button = event.target.closest("[data-sort]");
    if (!button) return;
    var key = button.dataset.sort;
    state.down = state.sort === key && !state.down;
    state.sort = key;
    apply();
    table.querySelector('[data-sort="' + CSS.escape(key) + '"]').focus();
  });
  window.addEventListener("hashchange", read);
  var waiting = 0;
  window.addEventListener("resize", function () { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
  read();
})();
