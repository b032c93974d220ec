# Answers each line of $QUESTIONS in $ANSWERS as fish would complete it.
source $COMPLETION
for question in (cat $QUESTIONS)
    # Of "--option=value" the shells that split at "=" offer the value alone; so does this.
    set words (complete -C $question | string split -f 1 \t | string replace -r '^--[a-z-]*=' '')
    printf '%s\t%s\n' $question "$words" >>$ANSWERS
end
