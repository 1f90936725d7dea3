using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;
using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>Explains programs.</summary>
public static class Explainer
{
    /// <summary>Explains code by itself: of a file.</summary>
    public static Explanation Explain(ProgramCode code) => Describe(code, ProgramSurroundings.None);

    /// <summary>Explains a loaded program with what is beside it: attachments, pins, those who share its maps.</summary>
    public static Explanation Explain(ProgramCode code, ProgramSurroundings around)
    {
        ArgumentNullException.ThrowIfNull(code);
        ArgumentNullException.ThrowIfNull(around);
        IReadOnlyList<Attachment> attachments = around.Attachments;
        if (code.Target is null && AttachedTarget.Of(attachments) is { } target) code = code with { Target = target };
        code = code with
        {
            AtReturn = attachments.Any(place => place is { Point: AttachmentPoint.Attach { Type: BpfAttachType.TraceFexit } }
                or { Target: AttachmentTarget.Kprobe { IsReturn: true } }),
        };
        if (attachments.Any(place => place.Point is AttachmentPoint.Attach { Type: BpfAttachType.ModifyReturn }))
            code = code with { ExpectedAttachType = BpfAttachType.ModifyReturn };
        if (code.Type == BpfProgramType.SocketFilter && attachments.Count > 0
            && attachments.All(place => place.Kind == AttachmentKind.Reuseport))
            code = code with { ExpectedAttachType = BpfAttachType.SkReuseportSelect };
        return Describe(code, around);
    }

    private static Explanation Describe(ProgramCode code, ProgramSurroundings around)
    {
        IReadOnlyList<Attachment> attachments = around.Attachments;
        code.RequireLittleEndian("explain");
        ProgramAnalysis analysis = ProgramAnalysis.Run(code);
        var words = new SourceWords(analysis);
        var definitions = new Definitions(analysis);
        IReadOnlyList<ReturnedValue> returned =
            ReturnMeaning.Decides(code.Type, code.ExpectedAttachType) ? new ReturnedValues(analysis, definitions, words).Find() : [];
        var explanation = new Explanation
        {
            Code = code,
            Attachments = attachments,
            Pins = around.Pins,
            Runs = RunsAt(code, attachments),
            Reads = MemoryStatements.Reads(analysis, words),
            Writes = MemoryStatements.Writes(analysis, words),
            Returned = returned,
            Returns = Returns(analysis, returned),
            Shape = ShapeOf(analysis),
            Calls = CallsOf(analysis),
            Maps = MapsOf(analysis, around),
            Outputs = new OutputCollector(analysis, words, definitions).Collect(),
        };
        explanation = explanation with { Findings = FindingRules.Apply(explanation, analysis, words) };
        return SystemdDecoder.Decode(explanation, analysis, around) is { } decoded
            ? explanation with { Unit = decoded.Unit, Directives = decoded.Directives } : explanation;
    }

    private static Statement[] RunsAt(ProgramCode code, IReadOnlyList<Attachment> attachments)
    {
        var places = attachments.Select(place => new Statement(
            $"{place.Point?.Name ?? place.Kind.Name()}{(place.Target is { } target ? $" {target.Text}" : "")}", [],
            place.LinkId != 0 ? $"link {place.LinkId}" : place.Kind.Name())).ToList();
        if (places.Count == 0 && code.SectionName is { } section)
            places.Add(new Statement($"as its section declares: {section}", [], "ELF section"));
        if (code is { Target: { } name, Info: not null, TargetTypeId: not 0 })
            places.Add(new Statement($"made for {name}", [], $"BTF id {code.TargetTypeId}"));
        else if (places.Count == 0 && code.Target is { } known)
            places.Add(new Statement($"made for {known}", [], "what was saved beside it"));
        if (places.Count == 0 && code.Info is not null)
            places.Add(new Statement("it is attached nowhere that can be seen", [], $"program {code.Info.Id}"));
        return [.. places];
    }

    private static Statement[] Returns(ProgramAnalysis analysis, IReadOnlyList<ReturnedValue> returned)
    {
        int[] tailCalls = [.. analysis.Calls.Where(call => call.Target?.Name == "bpf_tail_call").Select(call => call.Slot).Order()];
        IEnumerable<Statement> values = returned.Select(value => new Statement(value.Text, value.Slots));
        return [
            .. returned.Count > 0 && tailCalls.Length > 0
                ? values.Append(new Statement("what a program returns that a tail call reaches", tailCalls)) : values];
    }

    private static List<Statement> ShapeOf(ProgramAnalysis analysis)
    {
        var shape = new List<Statement>();
        ControlFlowGraph flow = analysis.Code.Flow;
        var loops = new List<int>();
        var cycles = new Cycles(flow);
        foreach (FlowEdge edge in flow.Edges)
            if (edge.To <= edge.From && flow.Blocks[edge.To].Function == flow.Blocks[edge.From].Function && cycles.Has(edge)
                && analysis.IsReached(edge.From)) loops.Add(flow.Blocks[edge.From].Last);
        if (loops.Count > 0) shape.Add(new Statement($"{loops.Count} {(loops.Count == 1 ? "jump" : "jumps")} backwards (loops)", loops));
        Add("loops by callback", call => call.Target?.Name is "bpf_loop" or "bpf_for_each_map_elem");
        Add("loops by an iterator of the kernel",
            call => call.Target is { Kind: CallTargetKind.Kfunc, Name: { } name } && name.StartsWith("bpf_iter_", StringComparison.Ordinal)
                && name.EndsWith("_next", StringComparison.Ordinal));
        Add("calls other programs (tail calls)", call => call.Target?.Name == "bpf_tail_call");
        Add("runs code later (timers)", call => call.Target?.Name == "bpf_timer_start");
        if (flow.Functions.Length > 1)
            shape.Add(new Statement($"{flow.Functions.Length} functions: {string.Join(", ", Names(analysis))}", []));
        return shape;

        void Add(string text, Func<CallFact, bool> matches)
        {
            int[] slots = [.. analysis.Calls.Where(matches).Select(call => call.Slot)];
            if (slots.Length > 0) shape.Add(new Statement(text, slots));
        }
    }

    private static IEnumerable<string> Names(ProgramAnalysis analysis)
    {
        const int shown = 16;
        FlowFunction[] functions = analysis.Code.Flow.Functions.ToArray();
        foreach (FlowFunction function in functions.Take(shown))
            yield return analysis.Code.FunctionName(function.Start) ?? $"at {function.Start}";
        if (functions.Length > shown) yield return $"and {functions.Length - shown} more";
    }

    private static List<CalledFunction> CallsOf(ProgramAnalysis analysis) =>
    [
        .. analysis.Calls.Where(call => call.Target is not { Kind: CallTargetKind.Function })
            .GroupBy(call => (Name: call.Target?.Name ?? "an address that is not known", Kind: call.Target?.Kind))
            .Select(group => new CalledFunction(group.Key.Name, group.Key.Kind switch
            {
                CallTargetKind.Helper => HelperTable.Of(group.Key.Name)?.Capability ?? "unknown",
                CallTargetKind.Kfunc => KfuncTable.CapabilityOf(group.Key.Name),
                _ => "unknown",
            }, [.. group.Select(call => call.Slot)]))
            .OrderBy(function => function.Capability, StringComparer.Ordinal).ThenBy(function => function.Slots[0]),
    ];

    private static MapUse[] MapsOf(ProgramAnalysis analysis, ProgramSurroundings around)
    {
        ProgramCode code = analysis.Code;
        ILookup<int, int> slots = code.MapOfSlot.OrderBy(pair => pair.Key).ToLookup(pair => pair.Value, pair => pair.Key);
        return [.. code.Maps.Select((map, number) =>
        {
            MapSharers sharers = map.Id is { } id ? around.SharersOf(id) : MapSharers.None;
            if (map.Type is null && TypeByUse(analysis, number) is { } type) map = map with { Type = type };
            return new MapUse(map, [.. slots[number]], sharers.Pins, sharers.Programs, sharers.Owners);
        })];
    }

    private static BpfMapType? TypeByUse(ProgramAnalysis analysis, int map) => analysis.Calls
        .Where(call => call.ArgumentOf(ArgumentRole.Map) is { Kind: ValueKind.Map } passed && passed.Id == map)
        .Select(call => call.Helper?.MapType).FirstOrDefault(type => type is not null);
}
