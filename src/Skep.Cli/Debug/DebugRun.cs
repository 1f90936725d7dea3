using Skep.Cli.Common;
using Skep.Debug.Debugger;
using Skep.Debug.Debugger.Console;
using Skep.Linux.Files;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Debug;

/// <summary>A session of the debugger: commands in, answers out.</summary>
internal static class DebugRun
{
    private const string Prompt = "(skep) ";

    /// <summary>Runs a session.</summary>
    /// <param name="target">What is debugged.</param>
    /// <param name="commands">The commands; none to read those of standard input.</param>
    /// <param name="form">The form of answers.</param>
    /// <returns>The exit code.</returns>
    public static int Run(DebugTarget target, string[] commands, OutputForm form)
    {
        var console = new DebugConsole(new DebugSession(target));
        bool isDone = true;
        StandardOutput.WriteText(output =>
        {
            console.WritePlace(output, form);
            foreach (string command in commands.TakeWhile(_ => !console.IsEnded))
            {
                // As it would be typed: the answers alone do not say to what they are.
                if (form == OutputForm.Text) output.WriteLine(Prompt + SafeText.Escape(command));
                isDone &= console.Execute(command, output, form);
            }

            if (commands.Length == 0) ReadCommands(console, output, form);
        });
        return isDone ? ExitCode.Done : ExitCode.Failed;
    }

    private static void ReadCommands(DebugConsole console, TextWriter output, OutputForm form)
    {
        using InputStream stream = NamedInput.Open("-", InputLimit.Commands);
        using var input = new StreamReader(stream);
        while (!console.IsEnded)
        {
            if (Terminal.IsOutput) output.Write(Prompt);
            output.Flush();
            if (input.ReadLine() is not { } line) break;
            console.Execute(line, output, form);
        }
    }
}
