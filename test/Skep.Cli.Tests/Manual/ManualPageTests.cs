using System.CommandLine;
using Skep.Cli.Manual;
using Skep.Testing;

namespace Skep.Cli.Tests.Manual;

/// <summary>The pages of the manual, as groff and man-db read them.</summary>
public sealed class ManualPageTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Each_command_has_a_page_that_groff_formats_without_a_warning()
    {
        Requires.Installed("groff");
        Requires.Installed("lexgrog");
        RootCommand root = CommandTree.Create();
        ManualPage[] pages = [.. ManualPage.All(root)];
        (Command Command, string[] Words)[] commands = [.. CommandLines.All(root)];
        Assert.Equal(
            commands.Select(found => string.Join('-', found.Words.Prepend("skep"))).Order(StringComparer.Ordinal),
            pages.Select(page => page.Name).Order(StringComparer.Ordinal));
        foreach (ManualPage page in pages)
        {
            using var text = new StringWriter { NewLine = "\n" };
            page.Write(text);
            string file = _scratch.Write($"{page.Name}.8", text.ToString());
            Outcome formatted = Tool.Try("groff", "-man", "-Tutf8", "-ww", "-rLL=72n", "-P-c", file);
            Assert.True(formatted.Error.Length == 0, formatted.Error);
            Outcome name = Tool.Try("lexgrog", file);
            Assert.StartsWith($"{file}: \"{page.Name} - ", name.Output, StringComparison.Ordinal);
            Command command = commands.Single(found => string.Join('-', found.Words.Prepend("skep")) == page.Name).Command;
            string shown = string.Join(' ', formatted.Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
            foreach (Option option in command.Options.Where(option => !option.Hidden))
                Assert.Contains(Bold(option.Name), shown, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_page_that_is_not_there_is_an_error()
    {
        (int code, _, string error) = Invocation.Run("__man", "skep-nothing");
        Assert.Equal(2, code);
        Assert.Contains("there is no page skep-nothing", error, StringComparison.Ordinal);
    }

    // With -c, grotty prints a bold character twice, over itself.
    private static string Bold(string text) => string.Concat(text.Select(c => $"{c}\b{c}"));
}
