using System.CommandLine;
using System.CommandLine.Parsing;
using System.Numerics;
using Skep.Bpf;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Cli.Options;
using Skep.Filter.Syntax;
using Skep.Output;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Cli.Watch;

/// <summary><c>skep watch</c>: its options.</summary>
internal sealed class WatchCommand
{
    private const uint SmallestBuffer = 64 << 10, LargestBuffer = 1u << 30;

    private readonly Option<bool> _verbose = new("--verbose", "-v")
    {
        Description = "Print one block per event: all that is known, with instructions and verifier log.",
    };

    private readonly Option<bool> _insns = new("--insns")
    {
        Description = "Print the instructions of programs: as a listing, or as prog.insns in JSON.",
    };

    private readonly Option<string?> _save = new("--save")
    {
        Description = "Keep each distinct program once, by its SHA-256: bytes, JSON, ELF object.", HelpName = "DIR",
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Write events to this file instead of standard output.", HelpName = "FILE",
    };

    private readonly Option<string[]> _commands = new("--cmd")
    {
        Description = "Only these commands: prog_load, map_create, ... (comma-separated, or repeated).", HelpName = "CMD",
    };

    private readonly Option<int[]> _pids = new("--pid") { Description = "Only this process (may be repeated).", HelpName = "PID" };
    private readonly Option<string?> _comm = new("--comm") { Description = "Only threads of this name.", HelpName = "NAME" };

    private readonly Option<string[]> _types = new("--type")
    {
        Description = "Only programs, maps and links of these types: xdp, ringbuf, tracepoint, ... (comma-separated, or repeated).",
        HelpName = "TYPE",
    };

    private readonly Option<uint?> _uid = new("--uid") { Description = "Only this user.", HelpName = "UID" };
    private readonly Option<bool> _failed = new("--failed") { Description = "Only calls that failed." };
    private readonly Option<bool> _self = new("--self") { Description = "Print skep's own system calls as well." };

    // Before --self: left out by default, and shown with --no-self=false.
    private readonly Option<bool> _noSelf = new("--no-self") { Hidden = true, DefaultValueFactory = _ => true };

    private readonly Option<bool> _elements = new("--elements")
    {
        Description = "Print each map element operation with key and value, instead of counts once a second.",
    };

    private readonly Option<uint?> _buffer =
        Quantities.Size("--buffer", "The size of the ring buffer between kernel and skep, a power of two [default: 32M].");

    private readonly LiveOptions _live = new("events");

    private static readonly CommandHelp Help = new(
        "docs/watch.md",
        new("skep watch --cmd prog_load,link_create", "loads and attaches, one line per event"),
        new("skep watch -j --insns -o events.json --duration 10m", "ten minutes as JSON, with instructions"),
        new("skep watch -v -- bpftrace -e 'BEGIN { exit() }'", "all that a command does, one block per event"))
    {
        Done = "done, or stopped by a signal",
        Failed = "failed: events could not be written, or a program could not be kept",
        Others = "with -- COMMAND: the command's exit code; 127 when it is not found, 126 when it cannot be executed",
    };

    /// <param name="command">What follows <c>--</c>: a command to run and to watch alone; null if there is no <c>--</c>.</param>
    public static Command Create(string[]? command) => new WatchCommand().Build(command);

    private SkepCommand Build(string[]? command)
    {
        var watch = new SkepCommand(
            "watch",
            "Prints every BPF system call as it happens: what it does, and which process makes it.\n"
            + "skep watch [OPTION...] -- COMMAND ARG... runs a command, watches it and its children only, and returns its exit code.\n"
            + "At the end it prints how many events were captured and lost.",
            Help)
        {
            _verbose, _insns, _save, _output, _commands, _pids, _comm, _types, _uid, _failed, _self, _noSelf, _elements, _buffer,
        };
        _live.AddTo(watch);
        foreach (Option<string[]> list in (Option<string[]>[])[_commands, _types]) list.AllowMultipleArgumentsPerToken = false;
        Check(_commands, text => Unknown(text, CommandNames.IsKnown) is { } name ? NoCommand(name) : null);
        Check(_types, text => Unknown(text, TypeNames.IsKnown) is { } name ? NoType(name) : null);
        Check(_pids, text => int.TryParse(text, out int pid) && pid < 1 ? $"--pid takes a process id, not '{pid}'" : null);
        Check(_buffer, text => Quantities.TrySize(text, out uint size) && !IsBufferSize(size)
            ? "--buffer takes a power of two from 64K to 1G"
            : null);
        watch.Validators.Add(result =>
        {
            if (command is { Length: 0 }) result.AddError("-- is followed by no command");
            if (command is not null && result.GetResult(_pids) is { Implicit: false })
                result.AddError("--pid and a command exclude each other");
        });
        watch.Prints((parsed, form) => WatchRun.Start(Request(parsed, form, command)));
        return watch;
    }

    private static bool IsBufferSize(uint size) => size is >= SmallestBuffer and <= LargestBuffer && BitOperations.IsPow2(size);

    // By the words of the command line: a value that did not parse has an error of its own, and cannot be asked for.
    private static void Check(Option option, Func<string, string?> mistake) => option.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens)
            if (mistake(token.Value) is { } error) result.AddError(error);
    });

    private static string? Unknown(string list, Predicate<string> isKnown) => Split([list]).FirstOrDefault(name => !isKnown(name));

    private static string NoCommand(string name) => $"--cmd takes the names of commands, and there is no command '{name}' "
        + $"({Spelling.DidYouMean(name, CommandNames.All) ?? $"one of {string.Join(", ", CommandNames.All)}"})";

    private static string NoType(string name) => $"--type takes the names of types, and there is no type '{name}' "
        + $"({Spelling.DidYouMean(name, TypeNames.All) ?? "bpftool's names: xdp, tracepoint, ringbuf, ..."})";

    private WatchRequest Request(ParseResult parsed, OutputForm form, string[]? command) => new()
    {
        Options = new WatchOptions
        {
            Commands = Split(parsed.GetValue(_commands)),
            Types = Split(parsed.GetValue(_types)),
            Pids = parsed.GetValue(_pids) ?? [],
            Comm = parsed.GetValue(_comm),
            Uid = parsed.GetValue(_uid),
            FailedOnly = parsed.GetValue(_failed),
            IncludeSelf = parsed.GetValue(_self) || !parsed.GetValue(_noSelf),
            FollowChildren = command is not null,
            WholeElements = parsed.GetValue(_elements),
            BufferBytes = parsed.GetValue(_buffer) ?? new WatchOptions().BufferBytes,
        },
        Limits = _live.Of(parsed),
        Form = form,
        Command = command,
        Verbose = parsed.GetValue(_verbose),
        Insns = parsed.GetValue(_insns),
        Save = parsed.GetValue(_save),
        Output = parsed.GetValue(_output),
    };

    private static string[] Split(string[]? values) =>
        [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
