using System.CommandLine;
using System.CommandLine.Parsing;
using System.Numerics;
using Skep.Bpf;
using Skep.Cli.Options;
using Skep.Filter.Syntax;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Cli.Watch;

/// <summary><c>skep watch</c>: its options.</summary>
internal static class WatchCommand
{
    private const uint SmallestBuffer = 64 << 10, LargestBuffer = 1u << 30;

    private static readonly Option<bool> Json = new("--json", "-j") { Description = "One JSON object a line." };
    private static readonly Option<bool> Pretty = new("--pretty", "-p") { Description = "JSON over several lines." };
    private static readonly Option<bool> Verbose = new("--verbose", "-v") { Description = "A block an event: all that is known, with code and verifier log." };
    private static readonly Option<bool> Insns = new("--insns") { Description = "The instructions of programs: listed as text, or as prog.insns in JSON." };
    private static readonly Option<string?> Save = new("--save") { Description = "Keep each distinct program once, by its SHA-256: bytes, JSON, ELF object.", HelpName = "DIR" };
    private static readonly Option<string?> Output = new("--output", "-o") { Description = "Write events here instead of standard output.", HelpName = "FILE" };
    private static readonly Option<string[]> Commands = new("--cmd") { Description = "Only these commands: prog_load, map_create, ... (repeat, or separate by commas).", HelpName = "CMD" };
    private static readonly Option<int[]> Pids = new("--pid") { Description = "Only this process.", HelpName = "PID" };
    private static readonly Option<string?> Comm = new("--comm") { Description = "Only threads of this name.", HelpName = "NAME" };
    private static readonly Option<string[]> Types = new("--type") { Description = "Only programs, maps and links of this type: xdp, ringbuf, tracepoint, ...", HelpName = "TYPE" };
    private static readonly Option<uint?> Uid = new("--uid") { Description = "Only this user.", HelpName = "UID" };
    private static readonly Option<bool> Failed = new("--failed") { Description = "Only calls that failed." };
    private static readonly Option<bool> NoSelf = new("--no-self") { Description = "Leave out what skep itself does.", DefaultValueFactory = _ => true };
    private static readonly Option<bool> Elements = new("--elements") { Description = "Each map element operation with key and value, instead of counts once a second." };
    private static readonly Option<long?> Count = new("-n", "--count") { Description = "End after so many events.", HelpName = "N" };
    private static readonly Option<TimeSpan?> Duration = Quantities.Time("--duration", "End after this time.");
    private static readonly Option<uint?> Buffer = Quantities.Size("--buffer", "Ring buffer between kernel and skep, a power of two [default: 32M].");

    /// <param name="command">What follows <c>--</c>: a command to run and to watch alone; null if there is no <c>--</c>.</param>
    public static Command Create(string[]? command)
    {
        var watch = new Command("watch", "Shows every BPF system call as it happens: who creates which map, loads which program, attaches it where.\n"
            + "skep watch [options] -- COMMAND ARG... runs a command, watches it and its children only, and returns its exit code.\n"
            + "Ctrl-C ends it, and then it says how many events were captured and lost.")
        {
            Json, Pretty, Verbose, Insns, Save, Output, Commands, Pids, Comm, Types, Uid, Failed, NoSelf, Elements, Count, Duration, Buffer,
        };
        foreach (Option<string[]> list in (Option<string[]>[])[Commands, Types]) list.AllowMultipleArgumentsPerToken = false;
        Check(Commands, text =>
        {
            string? unknown = Split([text]).FirstOrDefault(name => !CommandNames.IsKnown(name));
            return unknown is null ? null : $"--cmd takes the names of commands, and there is no command '{unknown}' ({Spelling.DidYouMean(unknown, CommandNames.All) ?? $"one of {string.Join(", ", CommandNames.All)}"})";
        });
        Check(Types, text =>
            Split([text]).FirstOrDefault(name => !TypeNames.IsKnown(name)) is { } unknown
                ? $"--type takes the names of types, and there is no type '{unknown}' ({Spelling.DidYouMean(unknown, TypeNames.All) ?? "bpftool's names: xdp, tracepoint, ringbuf, ..."})" : null);
        Check(Count, text => long.TryParse(text, out long count) && count < 1 ? "-n takes a number from 1 up" : null);
        Check(Pids, text => int.TryParse(text, out int pid) && pid < 1 ? $"--pid takes a process id, not '{pid}'" : null);
        Check(Buffer, text => Quantities.TrySize(text, out uint size) && (size is < SmallestBuffer or > LargestBuffer || !BitOperations.IsPow2(size))
            ? "--buffer takes a power of two from 64K to 1G" : null);
        watch.Validators.Add(result =>
        {
            if (command is { Length: 0 }) result.AddError("-- is followed by no command");
            if (command is not null && result.GetResult(Pids) is { Implicit: false }) result.AddError("--pid and a command exclude each other");
        });
        watch.SetAction(parsed => WatchRun.Start(Request(parsed, command)));
        return watch;
    }

    // By the words of the command line: a value that did not parse has an error of its own, and cannot be asked for.
    private static void Check(Option option, Func<string, string?> mistake) => option.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens)
            if (mistake(token.Value) is { } error) result.AddError(error);
    });

    private static WatchRequest Request(ParseResult parsed, string[]? command) => new()
    {
        Options = new WatchOptions
        {
            Commands = Split(parsed.GetValue(Commands)),
            Types = Split(parsed.GetValue(Types)),
            Pids = parsed.GetValue(Pids) ?? [],
            Comm = parsed.GetValue(Comm),
            Uid = parsed.GetValue(Uid),
            FailedOnly = parsed.GetValue(Failed),
            IncludeSelf = !parsed.GetValue(NoSelf),
            FollowChildren = command is not null,
            WholeElements = parsed.GetValue(Elements),
            BufferBytes = parsed.GetValue(Buffer) ?? new WatchOptions().BufferBytes,
        },
        Command = command,
        Json = parsed.GetValue(Json) || parsed.GetValue(Pretty),
        Pretty = parsed.GetValue(Pretty),
        Verbose = parsed.GetValue(Verbose),
        Insns = parsed.GetValue(Insns),
        Save = parsed.GetValue(Save),
        Output = parsed.GetValue(Output),
        Count = parsed.GetValue(Count) ?? long.MaxValue,
        Duration = parsed.GetValue(Duration),
    };

    private static string[] Split(string[]? values) =>
        [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
