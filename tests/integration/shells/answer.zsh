# For an interactive zsh; see ask.zsh.
fpath=(${COMPLETION:h}/functions $fpath)
mkdir -p ${COMPLETION:h}/functions
cp $COMPLETION ${COMPLETION:h}/functions/_origintls
autoload -Uz compinit
compinit -u -D
LISTMAX=0
setopt no_beep no_list_beep

# What is offered goes through this builtin; where it is asked only to filter, nothing is offered.
compadd() {
    local -a matches
    local argument
    for argument in "$@"; do
        [[ $argument == (-|--) ]] && break
        if [[ $argument == -[ODA]* ]]; then
            builtin compadd "$@"
            return
        fi
    done
    builtin compadd -O matches "$@"
    offered+=($matches)
    builtin compadd "$@"
}

answer-all() {
    local question
    for question in ${(f)"$(<$QUESTIONS)"}; do
        offered=()
        BUFFER=$question
        CURSOR=$#BUFFER
        zle list-choices
        print -r -- $question$'\t'${offered%=} >>$ANSWERS
    done
    print whole >$ANSWERS.whole
    exit
}
typeset -ga offered
zle -N answer-all
bindkey '^X^A' answer-all
zle-line-init() { zle answer-all }
zle -N zle-line-init
