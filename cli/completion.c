#include "cli/completion.h"

#include "cli/command.h"

#include <string.h>

static bool completes_files(const struct option *option)
{
    return option->type == OPTION_FILE || option->type == OPTION_FILES;
}

/* The first word of a command's name. */
static struct slice first_word(const struct command *command)
{
    struct slice name = slice_of(command->name);
    return slice_make(name.ptr, slice_find_byte(name, ' '));
}

static bool is_first_with_its_word(const struct command *const *at)
{
    return at == commands_all() || !slice_equal(first_word(at[-1]), first_word(at[0]));
}

static bool is_group(const struct command *command)
{
    return strchr(command->name, ' ') != NULL;
}

static void append_choices(struct buf *out, const struct option *option)
{
    for (size_t i = 0; option->choices[i] != NULL; i++) {
        buf_printf(out, "%s%s", i == 0 ? "" : " ", option->choices[i]);
    }
}

static void append_option_names(struct buf *out, const struct option_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        buf_printf(out, "%s--%s", out->len > 0 && out->data[out->len - 1] == '"' ? "" : " ", table->rows[i].name);
    }
}

/* The words that can stand first; or those behind the word of a group. */
static void append_first_words(struct buf *out)
{
    const char *separator = "";
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (is_first_with_its_word(at)) {
            buf_printf(out, "%s%.*s", separator, SLICE_ARG(first_word(*at)));
            separator = " ";
        }
    }
}

static void append_second_words(struct buf *out, struct slice group)
{
    const char *separator = "";
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (is_group(*at) && slice_equal(first_word(*at), group)) {
            buf_printf(out, "%s%s", separator, (*at)->name + group.len + 1);
            separator = " ";
        }
    }
}

/* bash */

/* `quote` goes around the name of the command; none: it is a pattern. */
static void bash_values(struct buf *out, const char *quote, const char *command, const struct option_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->rows[i];
        if (!option_takes_value(option)) {
            continue;
        }
        buf_printf(out, "        %s%s%s\" --%s\")", quote, command, quote, option->name);
        if (option->choices != NULL) {
            buf_append_text(out, " words=\"");
            append_choices(out, option);
            buf_append_text(out, "\" ;;\n");
        } else {
            buf_append_text(out, completes_files(option) ? " files=1 ;;\n" : " return ;;\n");
        }
    }
}

/* Those of the global ones that take a value: what stands behind them is no command. */
static void append_global_options_with_values(struct buf *out)
{
    const char *separator = "";
    for (size_t i = 0; i < options_global()->count; i++) {
        if (option_takes_value(&options_global()->rows[i])) {
            buf_printf(out, "%s--%s", separator, options_global()->rows[i].name);
            separator = " | ";
        }
    }
}

static void bash_commands(struct buf *out)
{
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (is_group(*at) && is_first_with_its_word(at)) {
            buf_printf(out, "        \"%.*s\") words=\"", SLICE_ARG(first_word(*at)));
            append_second_words(out, first_word(*at));
            buf_append_text(out, "\" ;;\n");
        }
        buf_printf(out, "        \"%s\") options=\"", (*at)->name);
        append_option_names(out, (*at)->options);
        buf_append_text(out, "\" files=1 ;;\n");
    }
}

void completion_bash(struct buf *out)
{
    buf_append_text(out, "# bash completion for origintls, made by 'origintls completion bash'\n"
                         "_origintls() {\n"
                         "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
                         "    local command= words= options= files= i\n"
                         "    if [[ $current == = ]]; then\n"
                         "        current=\n"
                         "    elif [[ $previous == = ]]; then\n"
                         "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
                         "    fi\n"
                         "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                         "        case ${COMP_WORDS[i]} in\n"
                         "        ");
    append_global_options_with_values(out);
    /* bash takes "=" for a word of its own. */
    buf_append_text(out, ") [[ ${COMP_WORDS[i+1]} == = ]] && ((i++)); ((i++)) ;;\n"
                         "        -*) ;;\n"
                         "        *)\n"
                         "            case $command in\n"
                         "            \"\") command=${COMP_WORDS[i]} ;;\n");
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (is_group(*at) && is_first_with_its_word(at)) {
            buf_printf(out, "            %.*s) command+=\" ${COMP_WORDS[i]}\" ;;\n", SLICE_ARG(first_word(*at)));
        }
    }
    buf_append_text(out, "            esac ;;\n"
                         "        esac\n"
                         "    done\n"
                         "    case \"$command $previous\" in\n");
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        bash_values(out, "\"", (*at)->name, (*at)->options);
    }
    bash_values(out, "", "*", options_global());
    buf_append_text(out, "    *)\n        case $command in\n        \"\") words=\"");
    append_first_words(out);
    buf_append_text(out, "\" ;;\n");
    bash_commands(out);
    buf_append_text(out, "        esac\n        if [[ $current == -* ]]; then\n            files= words=\"$options");
    append_option_names(out, options_global());
    buf_append_text(out,
                    "\"\n        fi ;;\n"
                    "    esac\n"
                    "    COMPREPLY=()\n"
                    "    [[ -n $words ]] && mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
                    "    [[ -n $files ]] && mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$current\")\n"
                    "    return 0\n"
                    "}\n"
                    "complete -o filenames -F _origintls origintls\n");
}

/* fish and zsh: text between single quotes, with a backslash before what `special` names. */
static void append_quoted(struct buf *out, const char *text, const char *special, const char *quote)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'') {
            buf_append_text(out, quote);
        } else {
            buf_append_text(out, strchr(special, *c) != NULL ? "\\" : "");
            buf_append_byte(out, *c);
        }
    }
}

static void fish_option(struct buf *out, const char *condition, const struct option *option)
{
    buf_printf(out, "complete -c origintls -n '%s' -l %s", condition, option->name);
    if (option->letter != 0) {
        buf_printf(out, " -s %c", option->letter);
    }
    if (option->choices != NULL) {
        buf_append_text(out, " -x -a '");
        append_choices(out, option);
        buf_append_text(out, "'");
    } else if (option_takes_value(option)) {
        buf_append_text(out, completes_files(option) ? " -r -F" : " -x");
    }
    buf_append_text(out, " -d '");
    append_quoted(out, option->help, "\\", "\\'");
    buf_append_text(out, "'\n");
}

/* What must have been typed for a command's options. */
static void fish_condition(struct buf *out, const struct command *command)
{
    struct slice word = first_word(command);
    buf_printf(out, "__fish_seen_subcommand_from %.*s", SLICE_ARG(word));
    if (is_group(command)) {
        buf_printf(out, "; and __fish_seen_subcommand_from %s", command->name + word.len + 1);
    }
}

static void fish_words(struct buf *out)
{
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        struct slice word = first_word(*at);
        if (is_group(*at)) {
            buf_printf(out,
                       "complete -c origintls -f -n '__fish_seen_subcommand_from %.*s; and not "
                       "__fish_seen_subcommand_from ",
                       SLICE_ARG(word));
            append_second_words(out, word);
            buf_printf(out, "' -a %s -d '", (*at)->name + word.len + 1);
            append_quoted(out, (*at)->summary, "\\", "\\'");
            buf_append_text(out, "'\n");
        }
        if (is_first_with_its_word(at)) {
            buf_printf(out, "complete -c origintls -f -n __fish_use_subcommand -a %.*s -d '", SLICE_ARG(word));
            append_quoted(out, is_group(*at) ? "several commands" : (*at)->summary, "\\", "\\'");
            buf_append_text(out, "'\n");
        }
    }
}

void completion_fish(struct buf *out)
{
    buf_append_text(out, "# fish completion for origintls, made by 'origintls completion fish'\n");
    fish_words(out);
    for (size_t i = 0; i < options_global()->count; i++) {
        fish_option(out, "true", &options_global()->rows[i]);
    }
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        struct buf condition = {.data = NULL};
        fish_condition(&condition, *at);
        for (size_t i = 0; i < (*at)->options->count; i++) {
            fish_option(out, buf_text(&condition), &(*at)->options->rows[i]);
        }
        buf_release(&condition);
    }
}

static void zsh_option(struct buf *out, const struct option *option)
{
    bool repeatable = option->type == OPTION_LIST || option->type == OPTION_FILES || option->type == OPTION_COUNT;
    buf_printf(out, "        '%s--%s%s[", repeatable ? "*" : "", option->name, option_takes_value(option) ? "=" : "");
    append_quoted(out, option->help, "\\[]:", "'\\''");
    buf_append_byte(out, ']');
    if (option->choices != NULL) {
        buf_append_text(out, ":value:(");
        append_choices(out, option);
        buf_append_byte(out, ')');
    } else if (option_takes_value(option)) {
        buf_append_byte(out, ':');
        append_quoted(out, option->placeholder, "\\:", "'\\''");
        buf_append_text(out, completes_files(option) ? ":_files" : ": ");
    }
    buf_append_text(out, "'\n");
}

static void zsh_described(struct buf *out, const char *name, size_t len, const char *summary)
{
    buf_printf(out, "        '%.*s:", (int)len, name);
    append_quoted(out, summary, "\\:", "'\\''");
    buf_append_text(out, "'\n");
}

static void zsh_words(struct buf *out)
{
    buf_append_text(out, "    local -a words_first=(\n");
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (is_first_with_its_word(at)) {
            struct slice word = first_word(*at);
            zsh_described(out, word.ptr, word.len, is_group(*at) ? "several commands" : (*at)->summary);
        }
    }
    buf_append_text(out, "    )\n    local -a options=() words_second=()\n");
}

static void zsh_cases(struct buf *out)
{
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        struct slice word = first_word(*at);
        if (is_group(*at) && is_first_with_its_word(at)) {
            buf_printf(out, "    '%.*s')\n        words_second=(\n", SLICE_ARG(word));
            for (const struct command *const *of = at; *of != NULL && slice_equal(first_word(*of), word); of++) {
                const char *second = (*of)->name + word.len + 1;
                zsh_described(out, second, strlen(second), (*of)->summary);
            }
            buf_append_text(out, "        ) ;;\n");
        }
        buf_printf(out, "    '%s')\n        options=(\n", (*at)->name);
        for (size_t i = 0; i < (*at)->options->count; i++) {
            zsh_option(out, &(*at)->options->rows[i]);
        }
        buf_append_text(out, "        ) ;;\n");
    }
}

void completion_zsh(struct buf *out)
{
    buf_append_text(out, "#compdef origintls\n# zsh completion for origintls, made by 'origintls completion zsh'\n"
                         "_origintls() {\n"
                         "    local command= word\n"
                         "    local -i value=0\n"
                         "    local -a globals=(\n");
    for (size_t i = 0; i < options_global()->count; i++) {
        zsh_option(out, &options_global()->rows[i]);
    }
    buf_append_text(out, "    )\n");
    zsh_words(out);
    buf_append_text(out, "    for word in ${words[2,CURRENT-1]}; do\n"
                         "        if (( value )); then\n"
                         "            value=0\n"
                         "            continue\n"
                         "        fi\n"
                         "        case $word in\n"
                         "        ");
    append_global_options_with_values(out);
    buf_append_text(out, ")\n"
                         "            value=1\n"
                         "            continue ;;\n"
                         "        -*) continue ;;\n"
                         "        esac\n"
                         "        case $command in\n"
                         "        '') command=$word ;;\n");
    for (const struct command *const *at = commands_all(); *at != NULL; at++) {
        if (is_group(*at) && is_first_with_its_word(at)) {
            buf_printf(out, "        '%.*s') command+=\" $word\" ;;\n", SLICE_ARG(first_word(*at)));
        }
    }
    buf_append_text(out, "        esac\n"
                         "    done\n"
                         "    case $command in\n"
                         "    '')\n"
                         "        [[ $value -eq 1 || $PREFIX == -* ]] || { _describe command words_first; return }\n"
                         "        ;;\n");
    zsh_cases(out);
    buf_append_text(out, "    esac\n"
                         "    if (( ${#words_second} )) && [[ $value -eq 0 && $PREFIX != -* ]]; then\n"
                         "        _describe command words_second\n"
                         "        return\n"
                         "    fi\n"
                         "    _arguments $globals $options '*:file:_files'\n"
                         "}\n"
                         "_origintls \"$@\"\n");
}
