# Makes of what scdoc writes what `mandoc -Tlint` likes: a title in capitals, no paragraph that begins right behind a
# heading or is empty, and no text line above 80 bytes. Text that is shown as it stands (.nf to .fi) stays.
function heading(text) { return text ~ /^\.S[HS]/ }
function emit(text) {
    if (text ~ /^\.PP?$/) {
        # Held back until something comes that makes a paragraph of it; the end of an indented part is not yet that.
        waits = !after_heading
        return
    }
    depth += (text ~ /^\.RS/) - (text ~ /^\.RE/)
    if (text ~ /^\.RE/) { print text; return }
    if (waits && !heading(text)) { print ".PP" }
    waits = 0
    after_heading = heading(text)
    print text
}
function emit_broken(text,    count, words, line, i) {
    count = split(text, words, / /)
    line = words[1]
    for (i = 2; i <= count; i++) {
        # A line must not begin with what would make it a request, nor end with a blank.
        if (length(line) + 1 + length(words[i]) > 80 && words[i] !~ /^[.']/ && words[i] != "" && line !~ /(^| )$/) {
            emit(line)
            line = words[i]
        } else {
            line = line " " words[i]
        }
    }
    emit(line)
}
/^\.TH/ { $2 = toupper($2) }
/^\.nf/ { literal = 1 }
/^\.fi/ { literal = 0 }
literal || /^[.']/ || length($0) <= 80 { emit($0); next }
{ emit_broken($0) }
END { while (depth-- > 0) { print ".RE" } }
