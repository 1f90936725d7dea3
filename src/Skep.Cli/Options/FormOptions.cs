using System.CommandLine;
using Skep.Output;

namespace Skep.Cli.Options;

/// <summary><c>-j</c> and <c>-p</c>, of each command that prints data. A group hands them on to its commands.</summary>
internal sealed class FormOptions
{
    private readonly Option<bool> _json = new("--json", "-j") { Description = "Print JSON.", Recursive = true };
    private readonly Option<bool> _pretty = new("--pretty", "-p") { Description = "Print JSON over several lines.", Recursive = true };

    public FormOptions(Command command)
    {
        command.Options.Add(_json);
        command.Options.Add(_pretty);
    }

    public OutputForm Of(ParseResult parsed) =>
        parsed.GetValue(_pretty) ? OutputForm.Pretty : parsed.GetValue(_json) ? OutputForm.Json : OutputForm.Text;
}
