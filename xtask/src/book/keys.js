// Code and tables that are wider than their place take the focus, and the arrow keys scroll them. Everywhere else these
// keys lead to the next page.
const wide = (element) => element && element.scrollWidth > element.clientWidth;

for (const element of document.querySelectorAll("main pre code, main .table-wrapper")) {
    if (wide(element)) {
        element.tabIndex = 0;
    }
}

document.addEventListener(
    "keydown",
    (event) => {
        if (event.key.startsWith("Arrow") && wide(event.target.closest("main pre code, main .table-wrapper"))) {
            event.stopPropagation();
        }
    },
    true,
);
