# Answers each line of $QUESTIONS in $ANSWERS as zsh would complete it: an interactive zsh on a terminal of its own, whose
# line editor is given the question and asked for the list of what may follow.
zmodload zsh/zpty
zpty asked env HOME=$HOME PATH=$PATH TERM=dumb QUESTIONS=$QUESTIONS ANSWERS=$ANSWERS COMPLETION=$COMPLETION zsh -f -i
zpty -w asked "source ${0:A:h}/answer.zsh"
# Whatever it shows is read, or it would wait; it ends by itself.
while zpty -r asked shown; do
    print -rn -- $shown
done
[[ -s $ANSWERS.whole ]] || { print "zsh did not come to the end"; exit 1 }
