using System.Globalization;
using Skep.Debug.Dap.Wire;
using Skep.Debug.Debugger.Console;
using Skep.Output;

namespace Skep.Debug.Dap;

/// <summary>Commands in the client's debug console: those of <c>skep debug</c> that show something, and <c>timer</c>.</summary>
internal sealed class ConsoleRequests(Debuggee debuggee, Execution execution, MessageWriter writer)
{
    private const string Timer = "timer";

    private static readonly string[] Shows = ["info", "backtrace", "list", "disassemble", "pseudo", "x", "help"];

    private readonly DebugConsole _console = new(debuggee.Session);

    /// <summary>Answers a request; false for one that is no such command.</summary>
    public bool TryServe(Request request)
    {
        if (request.Command != "evaluate") return false;
        EvaluateArguments arguments = request.Arguments(RequestContext.Default.Evaluate);
        if (arguments.Context != "repl") return false;
        string line = (arguments.Expression ?? "").Trim();
        string word = line.Split([' ', '\t', '/'], 2)[0];
        (string name, _, string help) = DebugConsole.Commands.FirstOrDefault(one => one.Name == word || one.Short.Contains(word));
        if (name == Timer)
        {
            if (!int.TryParse(line[word.Length..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                throw new RequestException(help);
            execution.RunTimer(request, number);
            return true;
        }

        if (!Shows.Contains(name)) return false;
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        bool isDone = _console.Execute(line, output, OutputForm.Text);
        string text = output.ToString().TrimEnd('\n');
        if (!isDone) throw new RequestException(text);
        writer.Respond(request, json =>
        {
            json.WriteString("result", text);
            json.WriteNumber("variablesReference", 0);
        });
        return true;
    }
}
