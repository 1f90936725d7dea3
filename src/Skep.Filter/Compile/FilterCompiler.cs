using System;
using Skep.Filter.Classify;
using Skep.Filter.Model;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Compiles tables to XDP programs. <see cref="Registers"/> assigns the registers.</summary>
public sealed class FilterCompiler
{
    private readonly Assembler _code = new(capacity: 4096, longJumps: false);
    private readonly FilterPlan _plan;
    private readonly Slots _slots;
    private readonly FieldAccess _fields;
    private readonly LogEmitter _log;
    private readonly IReadOnlyList<int> _counters;
    private readonly VerifierWork _work;
    private readonly Dictionary<int, Label> _cuts;
    private readonly List<CodePart> _parts = [];
    private readonly List<int> _starts;
    private readonly List<RuleWork> _rules;
    private readonly Label _decided;
    private readonly Label _finish;
    private readonly Label _forward;
    private readonly Label _unreachable;

    private FilterCompiler(FilterPlan plan, IReadOnlyList<int> counters, IReadOnlyList<int> cuts)
    {
        _plan = plan;
        _counters = counters;
        (_starts, _rules) = (new(plan.Table.Rules.Count + 1), new(plan.Table.Rules.Count));
        _work = new(_code);
        _cuts = cuts.ToDictionary(rule => rule, rule => _code.DefineLabel($"rule {rule}"));
        _slots = new(plan.FieldsRead.Union(SketchEmitter.FieldsRead(plan.Sketches)), plan.KeptImages.Count());
        _fields = new(_code, _slots);
        _log = new(_code, plan, _work);
        _decided = _code.DefineLabel("decided");
        _finish = _code.DefineLabel("finish");
        _forward = _code.DefineLabel("forward");
        _unreachable = _code.DefineLabel("unreachable");
    }

    /// <summary>Compiles a table whose rules have their counters in order.</summary>
    /// <param name="table">The table, with its feeds read.</param>
    /// <returns>The program.</returns>
    /// <exception cref="FilterCompileException">The table needs what compiled filters do not do, or is too large.</exception>
    public static CompiledFilter Compile(Table table) =>
        Compile(FilterPlan.Of(table, table.Rules.Count), [.. Enumerable.Range(0, table.Rules.Count)]);

    /// <summary>Compiles a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="counters">The place of each rule's counters in the map of rules.</param>
    /// <returns>The program.</returns>
    /// <exception cref="FilterCompileException">The kernel would not load the program.</exception>
    public static CompiledFilter Compile(FilterPlan plan, IReadOnlyList<int> counters)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.FieldsRead.Any(Interfaces.IsInterface) && Interfaces.HasNames(plan.Table))
            throw new ArgumentException("the names of interfaces are to be looked up first (Interfaces.Resolve)", nameof(plan));
        FilterLimits.CheckMaps(plan);
        var compiler = new FilterCompiler(plan, counters, []);
        compiler.Emit();
        if (VerifierWork.FindCuts(compiler._rules) is { Count: > 0 } cuts)
        {
            compiler = new(plan, counters, cuts);
            compiler.Emit();
        }
        return compiler.Build();
    }

    private void Emit()
    {
        var table = _plan.Table;
        Part(-1, "headers");
        new HeaderWalk(_code, _slots, _plan, NeedsTransport(table) || _plan.Sketches.HasFlag(Sketches.Ports),
            table.Rules.Any(r => r.Statements.Count > 0 || IsForwarding(r))).Emit();
        if (_plan.Sketches != Sketches.None)
        {
            Part(-1, "sketches");
            new SketchEmitter(_code, _fields, _plan).Emit();
        }
        if (table.Malformed is { } malformed)
        {
            var sound = _code.DefineLabel("sound");
            Part(-1, "malformed");
            _code.Mov(R1, Registers.Presence).And(R1, Presence.Malformed).JumpIf(Condition.Equal, R1, 0, sound);
            EmitVerdict(new(malformed));
            _code.Bind(sound);
        }
        var matches = new MatchEmitter(_code, _fields, _plan, _work);
        Part(-1, "sets");
        matches.EmitStart(_unreachable);
        if (_cuts.Count > 0) EmitCuts();
        var classifiers = new ClassifierEmitter(_code, _fields, _plan, _slots, matches, _work, _unreachable);
        for (var i = 0; i < table.Rules.Count; i++)
        {
            var start = _code.Count;
            _starts.Add(start);
            if (_cuts.TryGetValue(i, out var cut)) _code.Bind(cut);
            var list = _plan.ListAt(i);
            if (list is null) EmitRule(i, table.Rules[i], matches);
            else EmitList(list, classifiers);
            _rules.Add(_work.EndRule(start));
            for (var rest = list?.Count ?? 1; rest > 1; rest--, i++)
            {
                _starts.Add(_code.Count);
                _rules.Add(default);
            }
        }
        _starts.Add(_code.Count);
        Part(-1, "policy");
        EmitVerdict(new(table.Policy));
        EmitFinish();
        if (table.Rules.Any(IsForwarding)) EmitForward();
        Part(-1, "compare records");
        classifiers.EmitFunctions();
        Part(-1, "log record");
        _log.EmitFunction();
    }

    private CompiledFilter Build()
    {
        FilterLimits.CheckSlots(_plan, _code.Emitted, _starts);
        FilterLimits.CheckWork(_plan, _rules, _code.Count - _parts[^1].Start);
        var program = DeadCode.Remove(_code.Build(), out var places);
        return new(_plan, program, [.. _parts.Select(p => p with { Start = places[p.Start] })], _counters);
    }

    /// <summary>
    /// Has the verifier walk the last rules first, and those before them when it knows what comes behind: it keeps a branch for each jump
    /// of the rules on its way until it has walked that, and has room for 8192. It does not know that two loads of one value are equal.
    /// </summary>
    private void EmitCuts()
    {
        var rules = _code.DefineLabel("rules");
        Part(-1, "order of verification");
        _code.Load(MemorySize.Word, R1, R10, Slots.Length + 4).Load(MemorySize.Word, R2, R10, Slots.Length + 4)
            .JumpIf(Condition.Equal, R1, R2, rules);
        var cuts = _cuts.OrderBy(c => c.Key).Select(c => c.Value).ToList();
        for (var i = 0; i < cuts.Count - 1; i++) _code.JumpIf(Condition.Equal, R1, i, cuts[i]);
        _code.Jump(cuts[^1]).Bind(rules);
    }

    private void EmitList(RuleList list, ClassifierEmitter classifiers)
    {
        var none = _code.DefineLabel("no rule of the list");
        _parts.Add(new(_code.Count, list.First, "list") { Rules = list.Count });
        classifiers.Emit(list.Classifier, _plan.Image!, none);
        _code.Load(MemorySize.Word, R1, R0, RecordLayout.Verdict).Load(MemorySize.Word, R9, R0, RecordLayout.Counter);
        for (var number = 0; number < _plan.ListVerdicts.Count; number++)
        {
            var other = _code.DefineLabel("another verdict");
            if (number + 1 < _plan.ListVerdicts.Count) _code.JumpIf(Condition.NotEqual, R1, number, other);
            EmitAction(_plan.ListVerdicts[number]);
            _code.Bind(other);
        }
        _code.Bind(none);
    }

    private void EmitRule(int index, Rule rule, MatchEmitter matches)
    {
        var next = _code.DefineLabel($"behind rule {index}");
        Part(index, "rule");
        matches.EmitHeaders(rule.Headers, next);
        foreach (var match in rule.Matches) matches.Emit(match, next);
        if (rule.Limit is { } limit) new LimitEmitter(_code, _fields).Emit(limit, _plan.LimitMapOf(index), next);
        if (!rule.Verdict.IsTerminal) EmitCount(index, next);
        var rewrites = new RewriteEmitter(_code, _fields, _slots, _unreachable);
        foreach (var statement in rule.Statements)
        {
            if (statement is LogStatement log) _log.Emit(rule, log);
            if (statement is SetStatement set) rewrites.EmitSet(set.Field, set.Value);
            if (statement is not SwapStatement swap) continue;
            foreach (var header in swap.Headers) rewrites.EmitSwap(header);
        }
        if (rule.Verdict.IsTerminal) EmitVerdict(rule.Verdict, index);
        _code.Bind(next);
    }

    private void EmitCount(int index, Label missing)
    {
        _code.Mov(R9, _counters[index]);
        EmitCount(missing);
    }

    /// <summary>Counts for the rule whose counters are at R9.</summary>
    // The map has the key, so the lookup never fails; the verifier wants it tested.
    private void EmitCount(Label missing)
    {
        _code.Store(MemorySize.Word, R10, Slots.Key, R9).LoadMapIndex(R1, _plan.MapFor(MapRole.Rules))
            .Mov(R2, R10).Add(R2, Slots.Key).Call(Helpers.MapLookup).JumpIf(Condition.Equal, R0, 0, missing);
        CounterEmitter.Add(_code, R0);
    }

    /// <summary>Gives a verdict; a rule's is counted for the rule behind the jump, once for all rules, so that rules stay small.</summary>
    private void EmitVerdict(Verdict verdict, int rule = -1)
    {
        if (rule < 0)
        {
            EmitChoice(verdict);
            _code.Jump(_finish);
            return;
        }
        _code.Mov(R9, _counters[rule]);
        EmitAction(verdict);
    }

    /// <summary>Does what the verdict of a rule is, whose counters are at R9.</summary>
    private void EmitAction(Verdict verdict)
    {
        if (verdict.Kind != VerdictKind.RedirectFib) EmitChoice(verdict);
        _code.Jump(verdict.Kind == VerdictKind.RedirectFib ? _forward : _decided);
    }

    private void EmitChoice(Verdict verdict)
    {
        switch (verdict.Kind)
        {
            case VerdictKind.RedirectDevice:
                EmitRedirect(MapRole.Devices, _plan.DeviceKey(verdict.Device!), XdpAction.Drop);
                break;
            case VerdictKind.RedirectCpu:
                EmitRedirect(MapRole.Cpus, (int)verdict.Cpu, XdpAction.Drop);
                break;
            case VerdictKind.RedirectXsk:
                // struct xdp_md: rx_queue_index is at 16.
                _code.Load(MemorySize.Word, R2, Registers.Context, 16).LoadMapIndex(R1, _plan.MapFor(MapRole.Sockets))
                    .Mov(R3, XdpAction.Pass)
                    .Call(Helpers.RedirectMap).Mov(Registers.Action, R0);
                break;
            default:
                _code.Mov(Registers.Action,
                    verdict.Kind switch { VerdictKind.Drop => XdpAction.Drop, VerdictKind.Tx => XdpAction.Tx, _ => XdpAction.Pass });
                break;
        }
    }

    private void EmitRedirect(MapRole role, int key, int otherwise) => _code
        .LoadMapIndex(R1, _plan.MapFor(role)).Mov(R2, key).Mov(R3, otherwise).Call(Helpers.RedirectMap).Mov(Registers.Action, R0);

    /// <summary>Counts the packet by action and protocol, and returns the action.</summary>
    private void EmitFinish()
    {
        var end = _code.DefineLabel("end");
        var counted = _code.DefineLabel("protocol found");
        Part(-1, "totals");
        _code.Bind(_decided);
        EmitCount(_finish);
        _code.Jump(_finish).Bind(_unreachable).Mov(Registers.Action, XdpAction.Aborted).Bind(_finish)
            .Store(MemorySize.Word, R10, Slots.Key, Registers.Action).LoadMapIndex(R1, _plan.MapFor(MapRole.Totals))
            .Mov(R2, R10).Add(R2, Slots.Key).Call(Helpers.MapLookup).JumpIf(Condition.Equal, R0, 0, end);

        var upper = _code.DefineLabel("upper");
        _code.Mov(R1, Registers.Presence).And(R1, Presence.Upper).JumpIf(Condition.NotEqual, R1, 0, upper)
            .Mov(R3, Protocols.OtherIp6 * 16).Mov(R1, Registers.Presence).And(R1, Presence.Ip6).JumpIf(Condition.NotEqual, R1, 0, counted)
            .Mov(R3, Protocols.Arp * 16).Mov(R1, Registers.Presence).And(R1, Presence.Arp).JumpIf(Condition.NotEqual, R1, 0, counted)
            .Mov(R3, Protocols.Other * 16).Jump(counted)
            .Bind(upper).Load(MemorySize.Word, R1, R10, Slots.Protocol + 4);
        foreach (var (number, place) in Protocols.Numbers) _code.Mov(R3, place * 16).JumpIf(Condition.Equal, R1, number, counted);
        var ip6 = _code.DefineLabel("IPv6");
        _code.Mov(R2, Registers.Presence).And(R2, Presence.Ip6).JumpIf(Condition.NotEqual, R2, 0, ip6)
            .Mov(R3, Protocols.Icmp * 16).JumpIf(Condition.Equal, R1, 1, counted).Mov(R3, Protocols.OtherIp * 16).Jump(counted)
            .Bind(ip6).Mov(R3, Protocols.Icmpv6 * 16).JumpIf(Condition.Equal, R1, 58, counted).Mov(R3, Protocols.OtherIp6 * 16)
            .Bind(counted).Add(R0, R3);
        CounterEmitter.Add(_code, R0);
        _code.Bind(end).Mov(R0, Registers.Action).Exit();
    }

    /// <summary>Counts for the rule whose counters are at R9, and forwards by the routing table.</summary>
    private void EmitForward()
    {
        Part(-1, "forward");
        _code.Bind(_forward).Mov(Registers.Action, XdpAction.Pass);
        EmitCount(_finish);
        new FibEmitter(_code, _plan).Emit();
        _code.Jump(_finish);
    }

    private static bool IsForwarding(Rule rule) => rule.Verdict.Kind == VerdictKind.RedirectFib;

    private void Part(int rule, string title) => _parts.Add(new(_code.Count, rule, title));

    /// <summary>The fields whose values rules use. Of a pair that a rule swaps, both or none.</summary>
    internal static SortedSet<Field> FieldsRead(Table table)
    {
        var isRead = new bool[FieldInfo.All.Count];
        var swaps = false;
        foreach (var rule in table.Rules)
        {
            foreach (var match in rule.Matches)
                foreach (var field in match.Fields) isRead[(int)field] = true;
            foreach (var field in rule.Limit?.Key ?? []) isRead[(int)field] = true;
            swaps |= Swaps(rule);
        }
        var fields = new SortedSet<Field>(FieldInfo.All.Select(f => f.Field).Where(f => isRead[(int)f]));
        foreach (var (_, _, first, second) in HeaderPairs.All)
        {
            if (swaps && (fields.Contains(first) || fields.Contains(second))) fields.UnionWith([first, second]);
        }
        return fields;
    }

    private static bool Swaps(Rule rule)
    {
        foreach (var statement in rule.Statements)
            if (statement is SwapStatement) return true;
        return false;
    }

    internal static bool NeedsTransport(Table table) => table.Malformed is not null || table.Rules.Any(r =>
        (Presence.Of(r.Headers).Bits & Presence.Transport) != 0
        || IsForwarding(r)
        || r.Statements.Any(s => s is SwapStatement || s is SetStatement set && FieldInfo.Of(set.Field).IsCoveredByTransport));
}
