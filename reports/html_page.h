/* The fixed parts of the HTML report, made from style.css, body.html and script.js in html/ when the build is
 * configured. */
#ifndef ORIGINTLS_REPORTS_HTML_PAGE_H
#define ORIGINTLS_REPORTS_HTML_PAGE_H

extern const char html_head[]; /* from the doctype to <body>, with the policy that forbids everything else */
extern const char html_body[];
extern const char html_script[];

#endif
