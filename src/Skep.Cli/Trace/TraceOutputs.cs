using System.CommandLine;
using System.CommandLine.Parsing;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Debug.Trace;
using Skep.Debug.Trace.Saved;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Output;

namespace Skep.Cli.Trace;

/// <summary>The options that both traces have.</summary>
internal sealed class TraceOutputs
{
    private readonly Option<string?> _filter = new("--filter")
    {
        Description = "Only calls for which this holds, as 'result == XDP_DROP && duration > 1000' (docs/trace.md).", HelpName = "EXPR",
    };

    private readonly Option<bool> _stack = new("--stack") { Description = "Print the kernel's stack of each call." };
    private readonly Option<bool> _output = new("--output")
    {
        Description = "Print also what the program prints: by bpf_trace_printk, and to its streams, which are emptied by that.",
    };

    private readonly LiveOptions _live = new("calls");

    public void AddTo(SkepCommand command)
    {
        command.Options.Add(_filter);
        command.Options.Add(_stack);
        command.Options.Add(_output);
        _live.AddTo(command);
    }

    /// <summary>Traces until it is stopped.</summary>
    public int Run(
        ParseResult parsed, OutputForm form, BpfProgram program, IReadOnlyList<TraceTarget> targets, string name,
        string? write = null, string? save = null)
    {
        TraceFilter? filter = null;
        if (parsed.GetValue(_filter) is { } text && !TraceFilter.TryParse(text, targets, out filter, out string? mistake))
            return Message.Error($"reading --filter: {mistake}", ExitCode.Usage);
        LiveLimits limits = _live.Of(parsed);
        if (save is not null && limits is { Count: long.MaxValue, Duration: null }) limits = limits with { Count = 1 };
        using OutputDirectory? directory = save is null ? null : OutputDirectory.Open(save);
        using Stream output = StandardOutput.Open();
        using Stream? file = write is null ? null : write == "-" ? output : OutputFile.Open(write);
        using var session = TraceSession.Open(program, targets, new TraceOptions
        {
            Stack = parsed.GetValue(_stack), Output = parsed.GetValue(_output), Whole = file is not null || directory is not null,
        });

        // With those of the trace itself, which stacks are shown without.
        var symbols = new KernelSymbols();
        var sinks = new List<ITraceSink>();
        Action<TraceCounts> end = _ => { };
        if (write != "-" && form == OutputForm.Text)
        {
            var lines = new TraceTextWriter(output, symbols);
            sinks.Add(lines);
            end = lines.Write;
        }
        else if (write != "-")
        {
            var lines = new TraceJsonWriter(output, symbols, form);
            sinks.Add(lines);
            end = lines.Write;
        }

        if (file is not null) sinks.Add(new TraceCaptureWriter(file));
        if (directory is not null) sinks.Add(new CallSaver(directory, Message.Print));
        return LiveView.Run(new TraceSource(session, filter, sinks, end), limits, "calls", $"tracing {name}");
    }
}
