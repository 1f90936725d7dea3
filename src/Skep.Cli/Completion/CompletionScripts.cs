namespace Skep.Cli.Completion;

/// <summary>Scripts that shells read. Each asks the skep that is completed, which knows its commands and the machine's names.</summary>
internal static class CompletionScripts
{
    private const string Bash = """
        # bash completion for skep. In ~/.bashrc: source <(skep completion bash)
        _skep()
        {
            local current=${COMP_WORDS[COMP_CWORD]} word
            COMPREPLY=()
            while IFS=$'\t' read -r word _; do
                case $word in
                :files) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current") ;;
                :directories) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$current") ;;
                *) COMPREPLY+=("$word") ;;
                esac
            done < <("$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
        }
        complete -F _skep skep

        """;

    private const string Zsh = """
        #compdef skep
        # zsh completion for skep. In ~/.zshrc, behind compinit: source <(skep completion zsh)
        _skep()
        {
            local word meaning
            local -a candidates
            local files directories
            while IFS=$'\t' read -r word meaning; do
                case $word in
                :files) files=1 ;;
                :directories) directories=1 ;;
                *) candidates+=("${word//:/\\:}${meaning:+:$meaning}") ;;
                esac
            done < <("$words[1]" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
            (( ${#candidates} )) && _describe -V skep candidates
            [[ -n $files ]] && _files
            [[ -n $directories ]] && _files -/
            return 0
        }
        if [[ $funcstack[1] == _skep ]]; then _skep "$@"; else compdef _skep skep; fi

        """;

    private const string Fish = """
        # fish completion for skep. In ~/.config/fish/config.fish: skep completion fish | source
        function __skep_complete
            set -l words (commandline -opc)
            set -l current (commandline -ct)
            for line in ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
                switch $line
                    case :files
                        __fish_complete_path "$current"
                    case :directories
                        __fish_complete_directories "$current"
                    case '*'
                        echo $line
                end
            end
        end
        complete -c skep -f -a '(__skep_complete)'

        """;

    /// <summary>The shells.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish"];

    /// <summary>The script of a shell.</summary>
    public static string Of(string shell) => shell switch { "bash" => Bash, "zsh" => Zsh, _ => Fish };
}
