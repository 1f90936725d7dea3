using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Cli.Options;
using Skep.Filter.Syntax;
using Skep.Output;
using Skep.Watch.Capture;
using Skep.Watch.Save;

namespace Skep.Cli.Watch;

/// <summary><c>skep watch</c>: its options.</summary>
internal sealed class WatchCommand
{
    private const uint SmallestBuffer = 64 << 10, LargestBuffer = 1u << 30, DefaultKept = 10, MostKept = 9999;

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
        Description = "Append events to this file instead of writing to standard output; HUP opens it anew.", HelpName = "FILE",
    };

    private readonly Option<FileRotation?> _rotate = new("--rotate")
    {
        Description = "Rename the file of -o when it is so long: FILE.1, FILE.2, ... COUNT of them are kept [default: 10].",
        HelpName = "SIZE[,COUNT]",
        CustomParser = ParseRotation,
    };

    private readonly Option<bool> _explain = new("--explain")
    {
        Description = "Print what skep prog explain finds in each program that is loaded.",
    };

    private readonly Option<bool> _elements = new("--elements")
    {
        Description = "Print each map element operation with key and value, instead of counts once a second.",
    };

    private readonly Option<uint?> _buffer =
        Quantities.Size("--buffer", "The size of the ring buffer between kernel and skep, a power of two [default: 32M].");

    private readonly WatchFilters _filters = new();

    private readonly Option<string?> _backend = new("--backend")
    {
        Description = $"How system calls are seen: {string.Join(", ", CaptureBackends.Names)} [default: the best that the kernel allows].",
        HelpName = "NAME",
    };

    private readonly LiveOptions _live = new("events");

    private static readonly CommandHelp Help = new(
        "docs/watch.md",
        new("skep watch --cmd load,attach --no-probes --explain", "loads, with what is found in them, and attaches"),
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
            _verbose, _insns, _explain, _save, _output, _rotate,
        };
        _filters.AddTo(watch, runsCommand: command is not null);
        watch.Options.Add(_elements);
        watch.Options.Add(_buffer);
        watch.Options.Add(_backend);
        _live.AddTo(watch);
        Check(_backend, text => CaptureBackends.Names.Contains(text) ? null : NoBackend(text));
        Check(_buffer, text => Quantities.TrySize(text, out uint size) && !IsBufferSize(size)
            ? "--buffer takes a power of two from 64K to 1G"
            : null);
        watch.Validators.Add(result =>
        {
            if (command is { Length: 0 }) result.AddError("-- is followed by no command");
        });
        watch.Prints((parsed, form) => WatchRun.Start(Request(parsed, form, command)));
        return watch;
    }

    private static bool IsBufferSize(uint size) => size is >= SmallestBuffer and <= LargestBuffer && BitOperations.IsPow2(size);

    // By the words of the command line: a value that did not parse has an error of its own, and cannot be asked for.
    internal static void Check(Option option, Func<string, string?> mistake) => option.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens)
            if (mistake(token.Value) is { } error) result.AddError(error);
    });

    private static FileRotation? ParseRotation(ArgumentResult result)
    {
        string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        string[] parts = text.Split(',');
        uint kept = DefaultKept;
        bool hasCount = parts.Length == 1
            || (parts.Length == 2 && uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out kept)
                && kept is >= 1 and <= MostKept);
        if (hasCount && Quantities.TrySize(parts[0], out uint size)) return new FileRotation(size, (int)kept);
        string given = text.Length == 0 ? "and none is given" : $"not '{text}'";
        result.AddError($"{OptionValues.NameOf(result)} takes {OptionValues.Rotation}, {given}");
        return null;
    }

    private static string NoBackend(string name) => $"--backend takes the name of a backend, and there is no backend '{name}' "
        + $"({Spelling.DidYouMean(name, CaptureBackends.Names) ?? $"one of {string.Join(", ", CaptureBackends.Names)}"})";

    private WatchRequest Request(ParseResult parsed, OutputForm form, string[]? command) => new()
    {
        Options = _filters.Of(parsed) with
        {
            FollowChildren = command is not null,
            WholeElements = parsed.GetValue(_elements),
            Backend = parsed.GetValue(_backend),
            BufferBytes = parsed.GetValue(_buffer) ?? new WatchOptions().BufferBytes,
        },
        Limits = _live.Of(parsed),
        Form = form,
        Command = command,
        Verbose = parsed.GetValue(_verbose),
        Insns = parsed.GetValue(_insns),
        Save = parsed.GetValue(_save),
        Output = parsed.GetValue(_output),
        Rotation = parsed.GetValue(_rotate),
        Explain = parsed.GetValue(_explain),
    };
}
