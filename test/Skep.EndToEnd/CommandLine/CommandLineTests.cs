using System.Diagnostics;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.CommandLine;

/// <summary>Exit codes, and what is said when something is wrong.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 3", 3)]
    [InlineData("exit 200", 200)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public void The_commands_exit_code_is_returned(string script, int code) =>
        Assert.Equal(code, SkepBinary.Watch("", "sh", "-c", script).Code);

    [Fact]
    public void A_command_that_is_not_there_is_127_and_one_that_cannot_run_126()
    {
        using var scratch = new Scratch();
        File.WriteAllText(scratch.File("plain"), "text");
        Watched missing = SkepBinary.Watch("", scratch.File("missing")), plain = SkepBinary.Watch("", scratch.File("plain"));
        Assert.Equal((127, 126), (missing.Code, plain.Code));
        Assert.Contains(scratch.File("missing"), missing.Outcome.Error, StringComparison.Ordinal);
        Assert.Contains("EACCES", plain.Outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signal_to_skep_reaches_the_command()
    {
        Requires.Root();
        using var scratch = new Scratch();
        using Process skep = SkepBinary.Start(
            "watch", "-o", scratch.File("events"), "--", "sh", "-c", "trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done");
        Assert.Equal("ready", Tool.FirstLine(skep));
        Tool.Run("kill", "-TERM", $"{skep.Id}");
        skep.WaitForExit();
        Assert.Equal(42, skep.ExitCode);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void A_signal_ends_a_watch_with_its_summary(string signal)
    {
        Requires.Root();
        using Process skep = SkepBinary.Start("watch", "-j", "--comm", "nobody_has_this");
        Assert.Contains("watching", skep.StandardError.ReadLine(), StringComparison.Ordinal);
        Tool.Run("kill", $"-{signal}", $"{skep.Id}");
        skep.WaitForExit();
        Assert.Equal(0, skep.ExitCode);
        Assert.Matches(@"\d+ events captured, \d+ lost", skep.StandardError.ReadToEnd());
    }

    [Theory]
    [InlineData("watch --bogus")]
    [InlineData("watch --cmd nonsense")]
    [InlineData("watch -n 0")]
    [InlineData("watch -n many")]
    [InlineData("watch --buffer 5")]
    [InlineData("watch --buffer 65537")]
    [InlineData("watch --duration soon")]
    [InlineData("watch --buffer big")]
    [InlineData("watch --pid 0")]
    [InlineData("watch --pid self")]
    [InlineData("watch --duration 0")]
    [InlineData("watch --pid 1 -- true")]
    [InlineData("watch --uid root")]
    [InlineData("watch --")]
    [InlineData("watch stray")]
    [InlineData("frobnicate")]
    [InlineData("prog dump")]
    [InlineData("prog dump id x")]
    [InlineData("prog dump nonsense 5 6")]
    [InlineData("doctor -- true")]
    public void Wrong_usage_is_2_and_says_why(string line)
    {
        Outcome outcome = SkepBinary.Run(line.Split(' '));
        Assert.Equal(2, outcome.Code);
        Assert.Equal("", outcome.Output);
        Assert.StartsWith("skep: error: ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ordinary_user_is_told_what_is_needed()
    {
        Requires.Root();
        using var scratch = new Scratch();
        string copy = scratch.File("skep");
        File.Copy(SkepBinary.Path, copy);
        Outcome outcome = Tool.Try("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", copy, "watch", "--", "true");
        Assert.Equal(3, outcome.Code);
        Assert.Contains("root", outcome.Error, StringComparison.Ordinal);
        Assert.StartsWith("skep: error: ", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-j")]
    [InlineData("-j --insns")]
    public void A_closed_pipe_ends_it_quietly(string options)
    {
        Requires.Root();
        string script =
            $"{SkepBinary.Path} watch {options} -- {CProgram.Path("elements.c")} 10 | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}";
        Outcome outcome = Tool.Try("bash", "-c", script);
        Assert.Equal("0", outcome.Output.Trim());
        Assert.DoesNotContain("error", outcome.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("prog", "skep prog wants a command (list, dump, ")]
    [InlineData("nosuch", "skep has no command 'nosuch' (it has watch, prog, ")]
    [InlineData("filter set nosuch", "skep filter set has no command 'nosuch' (it has add, del, ")]
    [InlineData("prog list --nosuch", "there is no option '--nosuch'")]
    [InlineData("--nosuch", "'--nosuch'")]
    public void A_misspelt_command_is_told_once_with_those_there_are(string command, string told)
    {
        Outcome outcome = SkepBinary.Run(command.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (outcome.Code, outcome.Output));
        Assert.Contains(told, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.Split('\n'), line => line.Contains("error:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("prog list -j")]
    [InlineData("btf list")]
    [InlineData("btf list -j")]
    public void A_listing_whose_reader_leaves_ends_quietly(string command)
    {
        Outcome outcome = Tool.Try("bash", "-c", $"{SkepBinary.Path} {command} | true; echo ${{PIPESTATUS[0]}}");
        Assert.Equal(("0\n", ""), (outcome.Output, outcome.Error));
        outcome = Tool.Try("bash", "-c", $"{SkepBinary.Path} {command} > /dev/full");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("No space left on device", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_pipe_ends_a_watch_of_the_machine()
    {
        Requires.Root();
        string script = $$"""
            ({{SkepBinary.Path}} watch -j | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}) &
            while kill -0 $! 2>/dev/null; do {{CProgram.Path("storm.c", "-lpthread")}} 1 50 >/dev/null; sleep 0.1; done
            wait $!; echo $?
            """;
        Outcome outcome = Tool.Try("bash", "-c", script);
        Assert.Equal("0", outcome.Output.Trim());
        Assert.DoesNotContain("error", outcome.Error, StringComparison.OrdinalIgnoreCase);
    }
}
