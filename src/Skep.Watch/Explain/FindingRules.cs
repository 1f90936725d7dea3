using System.Globalization;
using Skep.Bpf;
using Skep.Isa;
using Skep.Watch.Analyze;

namespace Skep.Watch.Explain;

/// <summary>Named risks. Each is what docs/explain.md says that it is, and needs the instructions that it is proven by.</summary>
internal static class FindingRules
{
    // Functions that carry what is typed or moved, and the tracepoint's like (drivers/input, drivers/tty).
    private static readonly HashSet<string> InputFunctions = new(StringComparer.Ordinal)
    {
        "input_event", "input_handle_event", "input_inject_event", "input_pass_values", "input_report_key", "evdev_event", "evdev_events", "evdev_pass_values", "kbd_event", "kbd_keycode", "kbd_rawcode",
        "hidinput_hid_event", "hidinput_report_event", "hid_input_report", "hid_report_raw_event", "atkbd_interrupt", "atkbd_receive_byte", "serio_interrupt", "tty_insert_flip_string_fixed_flag",
        "tty_insert_flip_string_and_push_buffer", "tty_read", "n_tty_read", "n_tty_receive_buf", "n_tty_receive_buf2", "tty_ldisc_receive_buf",
    };

    // x86-64 numbers, as raw system call tracepoints give them (arch/x86/entry/syscalls/syscall_64.tbl).
    private static readonly HashSet<long> GetdentsNumbers = [78, 217];

    public static IReadOnlyList<Finding> Apply(Explanation about, SourceWords words)
    {
        var found = new List<Finding>();
        ProgramAnalysis analysis = about.Analysis;
        int[] userWrites = Slots(analysis, call => call.ArgumentOf(ArgumentRole.UserDestination) is not null);
        Add("writes-user-memory", userWrites, "writes to the memory of processes with bpf_probe_write_user");
        if (userWrites.Length > 0 && Getdents(analysis) is { } listing)
            found.Add(new Finding("hides-from-getdents", $"overwrites user memory in {listing.Where}: what listing a directory returns", [.. userWrites.Concat(listing.Slots).Order()]));
        Add("overrides-return", Slots(analysis, "bpf_override_return"), "replaces what the probed function returns, which then does not run");
        Add("changes-return-value", Slots(analysis, "bpf_set_retval"), "sets what the hook's operation returns");
        foreach (CallFact call in analysis.Calls.Where(call => call.Target?.Name is "bpf_send_signal" or "bpf_send_signal_thread" or "bpf_send_signal_task"))
            found.Add(new Finding("sends-signals", $"sends {Signal(call, words)}", [call.Slot]));
        Add("reads-user-memory", Slots(analysis, call => call.ArgumentOf(ArgumentRole.UserSource) is not null || (call.Target is { Kind: Code.CallTargetKind.Kfunc, Name: { } name } && KfuncTable.CapabilityOf(name) == "user-memory")), "reads the memory of processes");
        Add("reads-kernel-memory", Slots(analysis, call => call.ArgumentOf(ArgumentRole.KernelSource) is not null && !Either(call)), "reads memory of the kernel at addresses that it computes");
        Add("reads-memory", Slots(analysis, Either), "reads memory of the kernel or of processes: bpf_probe_read takes either");
        Add("writes-kernel-memory", Stores(analysis, access => access.Address.Kind == ValueKind.Kernel && !analysis.IsOfContext(access.Address)), "writes to objects of the kernel");
        int[] packetStores = Stores(analysis, access => access.Address.Kind == ValueKind.Packet);
        Add("rewrites-packets", [.. packetStores.Concat(Slots(analysis, call => call.Helper?.Capability == "packet-write" || PacketDynptrs.IsWrite(analysis, call))).Order()], "changes packets");
        Add("redirects-packets", Slots(analysis, call => call.Helper?.Capability == "packet-redirect"), "sends packets elsewhere");
        Add("redirects-sockets", Slots(analysis, call => call.Helper?.Capability == "socket-redirect"), "chooses which socket gets data or connections");
        AddReturned(about, found);
        if (about.Code.Type == BpfProgramType.CgroupSockAddr) Add("rewrites-addresses", Stores(analysis, access => !analysis.IsScratch(access) && (access.Address.Kind == ValueKind.Context || analysis.IsOfContext(access.Address))), "changes the address that a socket call was given");
        Add("changes-sockets", Slots(analysis, call => call.Helper?.Capability == "socket-write" || call.Target is { Kind: Code.CallTargetKind.Kfunc, Name: { } name } && KfuncTable.CapabilityOf(name) == "socket-write"), "changes sockets or their options");
        Add("changes-sysctl", Slots(analysis, "bpf_sysctl_set_new_value"), "replaces the value that is written to a sysctl");
        Add("changes-exec", Slots(analysis, "bpf_bprm_opts_set"), "changes how a program is executed");
        Add("makes-system-calls", Slots(analysis, "bpf_sys_bpf", "bpf_sys_close"), "makes bpf system calls itself: loads, changes or closes BPF objects");
        Add("finds-kernel-addresses", Slots(analysis, "bpf_kallsyms_lookup_name"), "asks for addresses of kernel symbols");
        Add("makes-input-events", Slots(analysis, "bpf_rc_keydown", "bpf_rc_repeat", "bpf_rc_pointer_rel"), "makes input events of a remote control");
        Add("crashes-kernel", Slots(analysis, "crash_kexec"), "starts the crash kernel");
        AddKeystrokes(about, found);
        return [.. found.OrderBy(finding => finding.Name is "reads-kernel-memory" or "reads-memory" ? 1 : 0)];

        void Add(string name, int[] slots, string text)
        {
            if (slots.Length > 0) found.Add(new Finding(name, text, slots));
        }
    }

    private static void AddReturned(Explanation about, List<Finding> found)
    {
        (BpfProgramType? type, BpfAttachType? attachType) = (about.Code.Type, about.Code.ExpectedAttachType);
        foreach (IGrouping<string, ReturnedValue> effect in about.Returned.Where(value => value.Number is not null).GroupBy(value => ReturnMeaning.Effect(type, attachType, value.Number!.Value) ?? "").Where(group => group.Key.Length > 0))
            found.Add(Returns(effect.Key, string.Join(", ", effect.Select(value => Name(value.Number!.Value))), "", effect.SelectMany(value => value.Slots)));

        // Of a value that is computed only what it may be is known.
        foreach (ReturnedValue computed in about.Returned.Where(value => value.Number is null))
        {
            foreach (IGrouping<string, long> effect in ReturnMeaning.Effects(type, attachType, computed.Numbers))
            {
                if (found.Exists(finding => finding.Name == effect.Key)) continue;
                string values = effect.Key == "changes-return-value" ? "a number other than 0" : type == BpfProgramType.Lsm && attachType != BpfAttachType.LsmCgroup ? "a negative number" : string.Join(", ", effect.Select(Name));
                found.Add(Returns(effect.Key, values, $" (what it returns is computed: {computed.Text})", computed.Slots));
            }
        }

        string Name(long value) => ReturnMeaning.Name(type, attachType, value) ?? value.ToString(CultureInfo.InvariantCulture);
    }

    private static Finding Returns(string name, string values, string why, IEnumerable<int> slots) =>
        new(name, $"may return {values}{why}{(name == "changes-return-value" ? ": then the function does not run, and its callers get this" : "")}", [.. slots.Distinct().Order()]);

    private static bool Either(CallFact call) => call.Target?.Name is "bpf_probe_read" or "bpf_probe_read_str";

    private static int[] Slots(ProgramAnalysis analysis, Func<CallFact, bool> matches) => [.. analysis.Calls.Where(matches).Select(call => call.Slot).Order()];

    private static int[] Slots(ProgramAnalysis analysis, params string[] names) => Slots(analysis, call => call.Target?.Name is { } name && names.Contains(name));

    private static int[] Stores(ProgramAnalysis analysis, Func<MemoryAccess, bool> matches) =>
        [.. analysis.Accesses.Where(access => access.Kind != AccessKind.Load && matches(access)).Select(access => access.Slot).Order()];

    private static string Signal(CallFact call, SourceWords words)
    {
        // bpf_send_signal_task(task, sig, type, value)
        Value signal = call.Arguments[call.Target?.Name == "bpf_send_signal_task" ? 1 : 0];
        string to = call.Target?.Name switch { "bpf_send_signal" => "the process that runs", "bpf_send_signal_thread" => "the thread that runs", _ => "a task that it chooses" };
        return signal.Kind == ValueKind.Constant ? $"signal {signal.Offset}{(signal.Offset == 9 ? " (SIGKILL)" : "")} to {to}" : $"a signal ({words.Of(signal)}) to {to}";
    }

    // What is listed is there at the end of the call only. The target names the call; or, where all system calls come by, the code compares the number with a constant.
    private static (string Where, int[] Slots)? Getdents(ProgramAnalysis analysis)
    {
        if (analysis.Code.Target is { } target && target.Contains("getdents", StringComparison.Ordinal))
            return analysis.Code.AtReturn || target.Contains("sys_exit_", StringComparison.Ordinal) ? (target, []) : null;
        if (analysis.Code.Target is not ("sys_exit" or "raw_syscalls/sys_exit")) return null;
        var slots = new List<int>();
        foreach (DecodedInstruction item in Decoder.Decode(analysis.Code.Instructions))
        {
            if (item is not { Kind: OperationKind.JumpConditional, UsesSourceRegister: false, Condition: Condition.Equal or Condition.NotEqual } || !GetdentsNumbers.Contains(item.Imm)) continue;
            if (analysis.StateBefore(item.Index)?[item.Dst] is { Kind: ValueKind.Scalar, Origin: >= 0 } value && FromContext(analysis, value.Origin)) slots.Add(item.Index);
        }

        return slots.Count > 0 ? ("the system call getdents, by its number", [.. slots]) : null;
    }

    private static bool FromContext(ProgramAnalysis analysis, int origin) =>
        analysis.AccessAt(origin)?.Address.Kind == ValueKind.Context
        || (analysis.CallAt(origin)?.ArgumentOf(ArgumentRole.KernelSource) is { Kind: ValueKind.Context or ValueKind.Kernel });

    // Being at the function is not enough: the program must take what it is given.
    private static void AddKeystrokes(Explanation about, List<Finding> found)
    {
        string? target = about.Code.Target?.Split('+')[0];
        bool input = target is not null && InputFunctions.Contains(target);
        bool readline = target is not null && (target.EndsWith(":readline", StringComparison.Ordinal) || target == "readline");
        if (!input && !readline) return;
        int[] reads = readline
            ? Slots(about.Analysis, call => call.ArgumentOf(ArgumentRole.UserSource) is { } source && source.Origin >= 0 && about.Analysis.AccessAt(source.Origin)?.Address.Kind == ValueKind.Context)
            : [.. about.Analysis.Accesses.Where(access => access is { Kind: AccessKind.Load, Address.Kind: ValueKind.Context }).Select(access => access.Slot).Order()];
        if (reads.Length > 0) found.Add(new Finding(readline ? "reads-typed-lines" : "reads-keystrokes", $"takes what {target} is given", reads));
    }
}
