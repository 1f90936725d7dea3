using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Filter.Syntax;
using Skep.Linux.Errors;
using Skep.Linux.Streams;

namespace Skep.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        StandardStreams.Occupy();
        InternalError.TakeAll();

        // What follows "--" is another program's command line: not ours to parse.
        int separator = Array.IndexOf(args, "--");
        string[] ours = OptionsLast(separator < 0 ? args : args[..separator]);
        string[]? command = separator < 0 ? null : args[(separator + 1)..];

        ParseResult parsed = CommandTree.Parse(ours, command);
        IReadOnlyList<string> errors = CommandLineErrors.Of(parsed);
        if (errors.Count > 0) return Misused(parsed, errors);
        if (command is not null && parsed.CommandResult.Command.Name != "watch")
            return Talk.Error("only watch takes a command after -- (see skep watch --help)", ExitCode.Usage);
        try
        {
            return Invoke(parsed);
        }
        catch (Exception e) when (e is NotSupportedByKernelException or NotSupportedException)
        {
            return Talk.Error(e.Message, ExitCode.NotPermitted);
        }
        catch (KernelException e) when (e.Error.Name is "EPERM" or "EACCES" && !ProcessCapabilities.Read().CanTrace)
        {
            return Talk.Error(e.Message, ExitCode.NotPermitted);
        }
        catch (Exception e) when (e is KernelException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Talk.Error(e.Message, ExitCode.Failed);
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
        int code = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = text, Error = text });
        if (text.GetStringBuilder().Length > 0) Data.WriteText(output => output.Write(text));
        return code;
    }

    // bpftool takes its options before the object, and joined: bpftool -jp prog list.
    private static string[] OptionsLast(string[] args)
    {
        int leading = args.TakeWhile(arg => arg is "--json" or "--pretty" or "--bpffs" || IsJoined(arg)).Count();
        return [.. args[leading..], .. args[..leading].SelectMany(arg => IsJoined(arg) ? arg[1..].Select(letter => $"-{letter}") : [arg])];
    }

    private static bool IsJoined(string arg) => arg.Length > 1 && arg[0] == '-' && !arg.AsSpan(1).ContainsAnyExcept("jpf");

    private static int Misused(ParseResult parsed, IReadOnlyList<string> errors)
    {
        string path = CommandLineErrors.Path(parsed.CommandResult);
        if (parsed.CommandResult.Command is { Subcommands.Count: > 0 } group)
        {
            string has = string.Join(", ", group.Subcommands.Where(command => !command.Hidden).Select(command => command.Name));
            string? unknown = parsed.UnmatchedTokens.FirstOrDefault();
            if (unknown is null) return Talk.Error($"{path} wants a command ({has})", ExitCode.Usage);
            string? meant = Spelling.DidYouMean(unknown, group.Subcommands.Where(command => !command.Hidden).SelectMany(command => command.Aliases.Append(command.Name)));
            if (!unknown.StartsWith('-')) return Talk.Error($"{path} has no command '{unknown}' ({(meant is null ? "" : meant + " ")}it has {has})", ExitCode.Usage);
        }

        foreach (string error in errors) Talk.Error(error, ExitCode.Usage);
        Talk.Say($"see {path} --help");
        return ExitCode.Usage;
    }
}
