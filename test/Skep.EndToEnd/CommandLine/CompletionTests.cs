using Skep.EndToEnd.Filter;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.CommandLine;

/// <summary>The scripts of <c>skep completion</c>, in the shells that they are for.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("prog exp", "explain")]
    [InlineData("filter stats --inter", "--interval")]
    [InlineData("completion ", "bash\nfish\nzsh")]
    [InlineData("filter check /etc/host", "/etc/host.conf\n/etc/hostname\n/etc/hosts")]
    public void Bash_completes(string line, string expected)
    {
        string[] words = line.Split(' ');
        string found = Bash($"COMP_WORDS=(skep {string.Join(' ', words.Select(word => word.Length == 0 ? "''" : word))}); "
            + $"COMP_CWORD={words.Length}");
        Assert.Equal(expected, string.Join('\n', found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)
            .Where(word => !word.EndsWith(".deny", StringComparison.Ordinal) && !word.EndsWith(".allow", StringComparison.Ordinal))));
    }

    [Fact]
    public void Names_of_the_machine_are_completed()
    {
        using var veth = new FilteredVeth();
        veth.Apply("udp dport 7 drop");
        Assert.Contains(veth.Table, Bash("COMP_WORDS=(skep filter show ''); COMP_CWORD=3"), StringComparison.Ordinal);
        string ids = Bash("COMP_WORDS=(skep prog explain id ''); COMP_CWORD=4");
        Assert.Matches(@"(?m)^\d+$", ids);
    }

    [Fact]
    public void Zsh_completes()
    {
        Requires.Installed("zsh");
        using var scratch = new Scratch();
        // What a user would see: zsh on a pseudoterminal.
        File.WriteAllText(scratch.File(".zshrc"), $"autoload -U compinit; compinit -u -D; PS1='> '; PATH={Directory}:$PATH\n"
            + "source <(skep completion zsh)\nzstyle ':completion:*' list-colors ''\nsetopt no_beep\n");
        string seen = OnTerminal($"ZDOTDIR={scratch.Path} TERM=dumb zsh -i", "skep prog deco\t");
        Assert.Contains("skep prog decompile", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Fish_completes()
    {
        Requires.Installed("fish");
        using var scratch = new Scratch();
        string found = Tool.Run("sh", "-c", $"HOME={scratch.Path} PATH={Directory}:$PATH fish --no-config -c "
            + "'skep completion fish | source; complete -C \"skep prog deco\"'");
        Assert.StartsWith("decompile\t", found, StringComparison.Ordinal);
    }

    private static string Directory => System.IO.Path.GetDirectoryName(SkepBinary.Path)!;

    private static string Bash(string words) => Tool.Run(
        "bash", "-c", $"source <('{SkepBinary.Path}' completion bash); compopt() {{ :; }}; {words}; _skep '{SkepBinary.Path}'; "
            + "printf '%s\\n' \"${COMPREPLY[@]}\"");

    private static string OnTerminal(string command, string keys)
    {
        using System.Diagnostics.Process shell = Tool.Start("script", "-qec", $"env {command}", "/dev/null");
        var seen = new System.Text.StringBuilder();
        var reading = new Thread(() =>
        {
            int letter;
            while ((letter = shell.StandardOutput.Read()) >= 0)
                lock (seen) seen.Append((char)letter);
        });
        reading.Start();
        Until(seen, "> ");
        shell.StandardInput.Write(keys);
        shell.StandardInput.Flush();
        Until(seen, "decompile");
        shell.StandardInput.Write("\u0003exit\n");
        shell.StandardInput.Flush();
        if (!shell.WaitForExit(5000)) shell.Kill(entireProcessTree: true);
        reading.Join();
        return seen.ToString();
    }

    private static void Until(System.Text.StringBuilder seen, string text) => Tool.Until(
        () =>
        {
            lock (seen) return seen.ToString().Contains(text, StringComparison.Ordinal);
        },
        text);
}
