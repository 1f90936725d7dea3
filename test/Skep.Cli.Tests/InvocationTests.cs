using System.Diagnostics;
using System.Text.Json;
using Skep.Cli.Common;
using static Skep.Cli.Tests.Invocation;

namespace Skep.Cli.Tests;

/// <summary>The built program, run as a user runs it. Nothing here needs a permission.</summary>
[Collection("working directory")]
public sealed class InvocationTests
{
    private static readonly byte[] ReturnZero = [0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0];

    [Theory]
    [InlineData("--help")]
    [InlineData("watch --help")]
    [InlineData("prog dump --help")]
    public void What_is_asked_for_is_printed(string line)
    {
        (int code, string output, string error) = Run(line.Split(' '));
        Assert.Equal(0, code);
        Assert.NotEmpty(output);
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("wotch", "wotch")]
    [InlineData("watch --bogus", "see skep watch --help")]
    [InlineData("watch --cmd nothing", "there is no command 'nothing'")]
    [InlineData("watch --pid x", "'x'")]
    [InlineData("watch --duration NaN", "--duration takes a time such as 10s, 500ms, 2m or 1h, not 'NaN'")]
    [InlineData("watch --", "-- is followed by no command")]
    [InlineData("doctor -- ls", "only watch takes a command")]
    [InlineData("prog dump", "see skep prog dump --help")]
    [InlineData("prog lst", "skep prog has no command 'lst' (did you mean list? it has ")]
    [InlineData("filter apply", "skep filter apply wants FILE: a rule file")]
    [InlineData("prog dump id x", "'x' is not a program id")]
    [InlineData("prog dump map 5", "names no program")]
    [InlineData("filter stats --interval", "--interval")]
    [InlineData("filter stats x --mode", "--mode")]
    [InlineData("filter test F --packet", "--packet")]
    [InlineData("filter set add t s --file", "--file")]
    [InlineData("filter set add t s 1 --timeout", "--timeout")]
    public void Wrong_usage_returns_2(string line, string said)
    {
        (int code, string output, string error) = Run(line.Split(' '));
        Assert.Equal(2, code);
        Assert.Contains(said, error);
        Assert.Empty(output);
        Assert.All(error.TrimEnd('\n').Split('\n'), text => Assert.StartsWith("skep: ", text));
    }

    [Theory]
    [InlineData("2>&-")]
    [InlineData("2>/dev/full")]
    public void An_error_that_cannot_be_printed_keeps_its_exit_code(string redirection)
    {
        using Process shell =
            Process.Start("sh", ["-c", $"exec {string.Join(' ', Invocation.Skep)} filter check /nonexistent {redirection}"]);
        Assert.True(shell.WaitForExit(60_000), "it does not end");
        Assert.Equal(1, shell.ExitCode);
    }

    [Fact]
    public void A_file_that_is_not_there_returns_1()
    {
        (int code, _, string error) = Run("prog", "dump", "/nonexistent/\e[31m.o");
        Assert.Equal(1, code);
        Assert.StartsWith("skep: error: ", error);
        Assert.DoesNotContain('\e', error);
    }

    [Fact]
    public void A_file_of_instructions_is_listed()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, ReturnZero);
            Assert.Equal((0, "   0: (b7) r0 = 0\n   1: (95) exit\n", ""), Run("prog", "dump", file));
            (int code, string json, _) = Run("prog", "dump", file, "opcodes", "-j");
            Assert.Equal(0, code);
            Assert.Equal(2, JsonDocument.Parse(json).RootElement.GetArrayLength());
            File.WriteAllBytes(file, ReturnZero[..9]);
            Assert.Equal(1, Run("prog", "dump", file).Code);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
