using Skep.Cli.Help;

namespace Skep.Cli.Tests.Debug;

/// <summary>Command lines of <c>skep debug</c> that contradict themselves.</summary>
public sealed class DebugCommandTests
{
    [Theory]
    [InlineData("--prog", "p"), InlineData("--packet", "x"), InlineData("--pcap", "f"), InlineData("--ctx", "f"), InlineData("--from", "d")]
    [InlineData("--seed", "2"), InlineData("-c", "quit"), InlineData("--check", null), InlineData("--ask-kernel", null)]
    public void What_the_editor_says_is_not_said_beside_dap(string option, string? value)
    {
        string[] line = value is null ? ["debug", "--dap", option] : ["debug", "--dap", option, value];
        string name = option == "-c" ? "--command" : option;
        Assert.Equal([$"with --dap the editor says what is run, and how: leave out {name}"], CommandLineErrors.Of(CommandTree.Parse(line)));
    }

    [Fact]
    public void A_saved_call_is_not_compared_with_the_kernel_of_now() => Assert.Equal(
        ["--check of --event compares with what the kernel did then: leave out --ask-kernel"],
        CommandLineErrors.Of(CommandTree.Parse(["debug", "--event", "f", "--check", "--ask-kernel"])));

    [Fact]
    public void A_program_is_not_named_beside_dap() => Assert.Equal(
        ["with --dap the editor names the program: leave out PROG"], CommandLineErrors.Of(CommandTree.Parse(["debug", "--dap", "x"])));

    [Fact]
    public void Nothing_else_is_needed_beside_dap() => Assert.Empty(CommandLineErrors.Of(CommandTree.Parse(["debug", "--dap"])));

    [Theory]
    [InlineData("-j"), InlineData("-p")]
    public void The_form_is_not_chosen_beside_dap(string form)
    {
        (int code, string _, string error) = Invocation.Run("debug", "--dap", form);
        Assert.Equal(2, code);
        Assert.Contains("with --dap the answers are the protocol's: leave out -j and -p", error, StringComparison.Ordinal);
    }
}
