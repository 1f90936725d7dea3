using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Linux.Errors;
using Skep.Linux.Files;

namespace Skep.Debug.Trace;

/// <summary>The kernel side of one function that is traced (bpf/trace).</summary>
internal sealed class TraceProbe : IDisposable
{
    private const string Enter = "skep_enter", Leave = "skep_leave", Inside = "skep_inside", Outside = "skep_outside", Print = "skep_print";

    private static readonly string[] Shared = ["events", "calls", "counters", "histogram", "inside"];

    private readonly BpfObject _object;
    private readonly List<BpfLink> _links = [];
    private BpfProgram? _enter;

    private TraceProbe(BpfObject bpf) => _object = bpf;

    /// <summary>Calls that were not seen, as the handler was at work on that CPU already.</summary>
    public ulong Missed => _enter?.GetInfo().RecursionMisses ?? 0;

    /// <summary>Loads and attaches it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="target">The function.</param>
    /// <param name="number">The function's number.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="first">The one whose maps it uses; null for the first.</param>
    /// <exception cref="NotSupportedException">The kernel traces no such function.</exception>
    /// <exception cref="InvalidDataException">It does not trace this one.</exception>
    public static TraceProbe Attach(BpfProgram program, TraceTarget target, int number, TraceOptions options, TraceProbe? first)
    {
        BpfObject bpf = BpfObject.Open(EmbeddedObject.Read(typeof(TraceProbe).Assembly, "trace.bpf.o"), "skep_trace");
        var probe = new TraceProbe(bpf);
        try
        {
            probe.Prepare(program, target, number, options, first);
            bpf.Load();
            probe.AttachAll();
            return probe;
        }
        catch (KernelException e)
        {
            probe.Dispose();
            throw TraceErrors.Of(e, target);
        }
        catch
        {
            probe.Dispose();
            throw;
        }
    }

    public BpfMap Map(string name) => _object.Map(name).Open();

    /// <summary>Sees no more calls.</summary>
    public void Detach()
    {
        // Entries go first: an end without a beginning is no news.
        foreach (BpfLink link in _links) link.Dispose();
        _links.Clear();
    }

    public void Dispose()
    {
        Detach();
        _enter?.Dispose();
        _object.Dispose();
    }

    private void Prepare(BpfProgram program, TraceTarget target, int number, TraceOptions options, TraceProbe? first)
    {
        bool isHelper = target.Helper is not null, gates = isHelper && first is null;
        foreach (BpfObjectProgram each in _object.Programs)
        {
            each.Autoload = each.Name switch
            {
                Inside or Outside => gates,
                Print => options.Output && first is null,
                _ => true,
            };
            if (!each.Autoload || each.Name == Print) continue;
            if (each.Name is Inside or Outside) each.SetAttachTarget(program, target.Program.Functions[0].Name!);
            else if (isHelper) each.SetAttachTarget(target.Name);
            else each.SetAttachTarget(program, target.Name);
        }

        foreach (string name in first is null ? [] : Shared)
            using (BpfMap map = first!.Map(name)) _object.Map(name).Reuse(map);
        TraceRangeRecord[] ranges = isHelper || options.Output ? RangesOf(target.Program) : [];
        bool hasPacket = target.Start is not null;
        var settings = new TraceSettingsRecord
        {
            Context = hasPacket || options.Whole ? target.Context : TraceContext.None,
            ContextArg = (uint)target.ContextArgument,
            AtEntry = (hasPacket || options.Whole) && target.Context != TraceContext.None ? 1u : 0,
            IsHelper = isHelper ? 1u : 0,
            Function = (uint)number,
            RangeCount = (uint)ranges.Length,
            TextStart = target.Program.Kernel.Symbols?.Text.Start ?? 0,
            TextEnd = target.Program.Kernel.Symbols?.Text.End ?? 0,
        };
        _object.SetVariable("settings", settings);
        _object.SetVariable<uint>("room", hasPacket ? options.Room : options.Whole ? TraceTarget.MostContextBytes : sizeof(ulong));
        _object.SetVariable("stack_room", options.StackRoom);
        BpfObjectVariable place = _object.Variable("ranges");
        place.Map.WriteInitialValue(place.Offset, MemoryMarshal.AsBytes(ranges.AsSpan()));
    }

    private void AttachAll()
    {
        // What notices an end comes before what notices a beginning, and what tells who calls before both.
        foreach (string name in (string[])[Outside, Inside, Print, Leave, Enter])
        {
            BpfObjectProgram program = _object.Program(name);
            if (program.Autoload) _links.Insert(0, program.Attach());
        }

        _enter = _object.Program(Enter).Open();
    }

    private static TraceRangeRecord[] RangesOf(ProgramCode program)
    {
        if (program.JitedAddresses.Count == 0 || program.JitedAddresses.Any(address => address == 0))
            throw new NotSupportedException(
                $"trace {TraceTarget.Describe(program)}: the kernel hides where its machine code is, by which its calls are "
                + "distinguished from those of others (run skep as root; sysctl kernel.kptr_restrict=0)");
        if (program.JitedAddresses.Count > TraceLayout.MostRanges)
            throw new NotSupportedException(
                $"trace {TraceTarget.Describe(program)}: it has {program.JitedAddresses.Count} functions, and calls are "
                + $"distinguished from those of others for {TraceLayout.MostRanges} at most (skep trace prog --func traces one)");
        return
        [
            .. program.JitedAddresses.Zip(program.JitedLengths,
                (start, length) => new TraceRangeRecord { Start = start, End = start + length }),
        ];
    }
}
