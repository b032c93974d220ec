# Answers each line of $QUESTIONS in $ANSWERS as bash would complete it: with the function that it has been given, and
# words that are split as readline splits them, "=" being one.
source "$COMPLETION"
function=$(complete -p origintls | sed 's/.* -F \([^ ]*\) .*/\1/')
while IFS= read -r question; do
    typed=${question//=/ = }
    read -ra COMP_WORDS <<<"$typed"
    # Behind a space, a new word begins.
    [[ $question != *' ' ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMP_LINE=$question
    COMP_POINT=${#question}
    COMPREPLY=()
    "$function" origintls "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\t%s\n' "$question" "${COMPREPLY[*]}"
done <"$QUESTIONS" >"$ANSWERS"
