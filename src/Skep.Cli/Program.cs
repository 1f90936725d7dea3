using System.CommandLine;
using Skep.Agent.Inspect;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Completion;
using Skep.Cli.Help;
using Skep.Cli.Manual;
using Skep.Debug.Compat;
using Skep.Linux.Errors;
using Skep.Linux.Streams;

namespace Skep.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        StandardStreams.Occupy();
        InternalError.TakeAll();

        if (CompatGuest.IsThis(args)) CompatGuest.Run();
        if (AnalysisWorker.IsThis(args)) return AnalysisWorker.Run(args);
        if (CompletionRequest.IsThis(args)) return CompletionRequest.Answer(args, CommandTree.Create());
        if (ManualRequest.IsThis(args)) return ManualRequest.Answer(args, CommandTree.Create());
        CommandLine line = CommandLine.Read(args);
        ParseResult parsed = CommandTree.Parse(line.Words, line.Watched);
        IReadOnlyList<string> errors = CommandLineErrors.Of(parsed);
        if (errors.Count > 0) return Misused(parsed, errors);
        if (line.Watched is not null && parsed.CommandResult.Command.Name != "watch")
            return Message.Error("only watch takes a command after -- (see skep watch --help)", ExitCode.Usage);
        try
        {
            return Invoke(parsed);
        }
        catch (Exception e) when (e is NotSupportedByKernelException or NotSupportedException)
        {
            return Message.Error(e.Message, ExitCode.NotPermitted);
        }
        catch (KernelException e) when (e.Error.Name is "EPERM" or "EACCES" && !ProcessCapabilities.Read().CanTrace)
        {
            return Message.Error(e.Message, ExitCode.NotPermitted);
        }
        catch (Exception e) when (e is KernelException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Message.Error(e.Message, ExitCode.Failed);
        }
        catch (Exception e)
        {
            return InternalError.Report(e);
        }
    }

    // Help and version are the only text that the parser prints.
    private static int Invoke(ParseResult parsed)
    {
        using var text = new StringWriter();
        int code = parsed.Invoke(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = text,
            Error = text,
        });
        if (text.GetStringBuilder().Length > 0) StandardOutput.WriteText(output => output.Write(text));
        return code;
    }

    private static int Misused(ParseResult parsed, IReadOnlyList<string> errors)
    {
        string path = CommandLineErrors.Path(parsed.CommandResult);
        string? unknown = parsed.UnmatchedTokens.FirstOrDefault();
        if (parsed.CommandResult.Command is { Subcommands.Count: > 0 } group && unknown?.StartsWith('-') != true)
            return Message.Error(CommandLineErrors.NoCommand(path, group, unknown), ExitCode.Usage);

        foreach (string error in errors) Message.Error(error, ExitCode.Usage);
        Message.Print($"see {path} --help");
        return ExitCode.Usage;
    }
}
