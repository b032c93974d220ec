/* Mixed content: what a page shown over https would load over plain http (W3C Mixed Content, 2023).
 *
 * Active ("blockable") content can change the page: scripts, style sheets, frames, objects, and, because the browser
 * warns and the data travels in the clear, form targets. Passive ("upgradable") content is images, audio and video.
 * A page that carries `upgrade-insecure-requests` (as a header or a meta element) has none, except what its forms post
 * to other hosts; that exception is not counted.
 */
#ifndef ORIGINTLS_COMPARE_MIXED_CONTENT_H
#define ORIGINTLS_COMPARE_MIXED_CONTENT_H

#include "compare/response.h"

#define MIXED_CONTENT_EXAMPLE_BYTES 160

struct mixed_content {
    unsigned active;  /* distinct URLs */
    unsigned passive; /* distinct URLs */
    /* The first URL of each kind as written in the page, cut to fit, control characters replaced; "" if there is none.
     */
    char active_example[MIXED_CONTENT_EXAMPLE_BYTES];
    char passive_example[MIXED_CONTENT_EXAMPLE_BYTES];
};

/* What `response` holds *if it is shown over https*, whatever its own visitor scheme says: so the caller learns also
 * what a change from `off` would newly expose. Anything but an answered HTML page gives zeros. */
void mixed_content_find(const struct compare_response *response, struct mixed_content *found);

#endif
