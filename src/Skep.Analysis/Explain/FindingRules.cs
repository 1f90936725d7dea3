using System.Globalization;
using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Inventory.Code;

namespace Skep.Analysis.Explain;

/// <summary>Named risks. docs/explain.md defines each; each names the instructions that prove it.</summary>
internal static class FindingRules
{
    // They change what the kernel keeps beside a packet: its time, type and checksum state.
    private static readonly string[] BesidePackets = ["bpf_skb_set_tstamp", "bpf_skb_change_type", "bpf_csum_level", "bpf_csum_update"];

    public static IReadOnlyList<Finding> Apply(Explanation about, ProgramAnalysis analysis, SourceWords words)
    {
        var found = new List<Finding>();
        int[] userWrites = Slots(analysis, call => call.ArgumentOf(ArgumentRole.UserDestination) is not null);
        Add("writes-user-memory", userWrites, "writes to the memory of processes with bpf_probe_write_user");
        if (userWrites.Length > 0 && DirectoryListing.Of(analysis, userWrites) is { } listing)
            found.Add(
                new Finding("hides-from-getdents", $"overwrites user memory in {listing.Where}: what listing a directory returns",
                    [.. userWrites.Concat(listing.Slots).Order()]));
        Add("overrides-return", Slots(analysis, "bpf_override_return"),
            "replaces what the probed function returns, which then does not run");
        Add("changes-return-value", Slots(analysis, "bpf_set_retval"), "sets what the hook's operation returns");
        foreach (CallFact call in analysis.Calls.Where(
            call => call.Target?.Name is "bpf_send_signal" or "bpf_send_signal_thread" or "bpf_send_signal_task"))
            found.Add(new Finding("sends-signals", $"sends {Signal(call, words)}", [call.Slot]));
        Add("reads-user-memory",
            Slots(analysis,
                call =>
                    call.ArgumentOf(ArgumentRole.UserSource) is not null
                        || (call.Target is { Kind: CallTargetKind.Kfunc, Name: { } name }
                        && KfuncTable.CapabilityOf(name) == "user-memory")), "reads the memory of processes");
        Add("reads-kernel-memory",
            Slots(analysis,
                call => (call.ArgumentOf(ArgumentRole.KernelSource) is not null && !Either(call))
                    || call.Target?.Name is "bpf_probe_read_kernel_dynptr" or "bpf_probe_read_kernel_str_dynptr"),
            "reads memory of the kernel at addresses that it computes");
        Add("reads-memory", Slots(analysis, Either), "reads memory of the kernel or of processes: bpf_probe_read takes either");
        Add("writes-kernel-memory",
            Stores(analysis, access => access.Address.Kind == ValueKind.Kernel && !analysis.IsOfContext(access.Address)),
            "writes to objects of the kernel");
        int[] packetStores = Stores(analysis, access => access.Address.Kind == ValueKind.Packet);
        Add("rewrites-packets",
            [
                .. packetStores.Concat(
                    Slots(analysis,
                        call => (call.Helper?.Capability == "packet-write" && !BesidePackets.Contains(call.Target?.Name))
                            || PacketDynptrs.IsWrite(analysis, call))).Order()], "changes packets");
        Add("redirects-packets", Slots(analysis, call => call.Helper?.Capability == "packet-redirect"), "sends packets elsewhere");
        Add("redirects-sockets", Slots(analysis, call => call.Helper?.Capability == "socket-redirect"),
            "chooses which socket gets data or connections");
        Add("drops-packets", Slots(analysis, "bpf_qdisc_skb_drop"), "drops packets of the queue that it is");
        AddReturned(about, found);
        if (about.Code.Type == BpfProgramType.CgroupSockAddr)
            Add("rewrites-addresses",
                Stores(analysis,
                    access =>
                        !analysis.IsScratch(access) && (access.Address.Kind == ValueKind.Context || analysis.IsOfContext(access.Address))),
                        "changes the address that a socket call was given");
        Add("changes-sockets",
            Slots(analysis,
                call => call.Helper?.Capability == "socket-write" || call.Target is { Kind: CallTargetKind.Kfunc, Name: { } name }
                    && KfuncTable.CapabilityOf(name) == "socket-write"), "changes sockets or their options");
        Add("uses-kernel-sockets", Slots(analysis, "bpf_ksock_create", "bpf_ksock_connect", "bpf_ksock_send"),
            "opens sockets of the kernel, or sends data by them");
        Add("sends-icmp", Slots(analysis, "bpf_icmp_send"), "answers packets with ICMP errors");
        Add("submits-io-uring", Slots(analysis, "bpf_io_uring_submit_sqes"), "submits requests to an io_uring");
        Add("changes-xattrs",
            Slots(analysis, call => call.Target is { Kind: CallTargetKind.Kfunc, Name: { } name }
                && KfuncTable.CapabilityOf(name) == "files-write"), "sets or removes extended attributes of files");
        Add("changes-sysctl", Slots(analysis, "bpf_sysctl_set_new_value"), "replaces the value that is written to a sysctl");
        Add("changes-exec", Slots(analysis, "bpf_bprm_opts_set"), "changes how a program is executed");
        Add("makes-system-calls", Slots(analysis, "bpf_sys_bpf", "bpf_sys_close"),
            "makes bpf system calls itself: loads, changes or closes BPF objects");
        Add("finds-kernel-addresses", Slots(analysis, "bpf_kallsyms_lookup_name"), "asks for addresses of kernel symbols");
        Add("makes-input-events",
            Slots(analysis, "bpf_rc_keydown", "bpf_rc_repeat", "bpf_rc_pointer_rel", "hid_bpf_input_report", "hid_bpf_try_input_report"),
            "makes input events of a remote control or an input device");
        Add("crashes-kernel", Slots(analysis, "crash_kexec"), "starts the crash kernel");
        if (TypedInput.Of(analysis) is { } typed) found.Add(typed);
        return [.. found.OrderBy(finding => finding.Name is "reads-kernel-memory" or "reads-memory" ? 1 : 0)];

        void Add(string name, int[] slots, string text)
        {
            if (slots.Length > 0) found.Add(new Finding(name, text, slots));
        }
    }

    private static void AddReturned(Explanation about, List<Finding> found)
    {
        (BpfProgramType? type, BpfAttachType? attachType) = (about.Code.Type, about.Code.ExpectedAttachType);
        foreach (IGrouping<string, ReturnedValue> effect in about.Returned.Where(value => value.Number is not null)
            .GroupBy(value => ReturnMeaning.Effect(type, attachType, value.Number!.Value) ?? "").Where(group => group.Key.Length > 0))
            found.Add(
                Returns(effect.Key, string.Join(", ", effect.Select(value => Name(value.Number!.Value))), "",
                    effect.SelectMany(value => value.Slots)));

        // Of a value that is computed only what it may be is known.
        foreach (ReturnedValue computed in about.Returned.Where(value => value.Number is null))
        {
            foreach (IGrouping<string, long> effect in ReturnMeaning.Effects(type, attachType, computed.Numbers))
            {
                if (found.Exists(finding => finding.Name == effect.Key)) continue;
                string values =
                    effect.Key == "changes-return-value"
                        ? "a number other than 0" : type == BpfProgramType.Lsm && attachType != BpfAttachType.LsmCgroup
                            ? "a negative number" : string.Join(", ", effect.Select(Name));
                found.Add(Returns(effect.Key, values, $" (what it returns is computed: {computed.Text})", computed.Slots));
            }
        }

        string Name(long value) => ReturnMeaning.Name(type, attachType, value) ?? value.ToString(CultureInfo.InvariantCulture);
    }

    private static Finding Returns(string name, string values, string why, IEnumerable<int> slots) =>
        new(name,
            $"may return {values}{why}"
            + $"{(name == "changes-return-value" ? ": then the function does not run, and its callers get this" : "")}",
            [.. slots.Distinct().Order()]);

    private static bool Either(CallFact call) => call.Target?.Name is "bpf_probe_read" or "bpf_probe_read_str";

    private static int[] Slots(ProgramAnalysis analysis, Func<CallFact, bool> matches) =>
        [.. analysis.Calls.Where(matches).Select(call => call.Slot).Order()];

    private static int[] Slots(ProgramAnalysis analysis, params string[] names) =>
        Slots(analysis, call => call.Target?.Name is { } name && names.Contains(name));

    private static int[] Stores(ProgramAnalysis analysis, Func<MemoryAccess, bool> matches) =>
        [.. analysis.Accesses.Where(access => access.Kind != AccessKind.Load && matches(access)).Select(access => access.Slot).Order()];

    private static string Signal(CallFact call, SourceWords words)
    {
        // bpf_send_signal_task(task, sig, type, value)
        Value signal = call.Arguments[call.Target?.Name == "bpf_send_signal_task" ? 1 : 0];
        string to =
            call.Target?.Name switch
            {
                "bpf_send_signal" => "the process that runs",
                "bpf_send_signal_thread" => "the thread that runs",
                _ => "a task that it chooses"
            };
        return signal.Kind == ValueKind.Constant
            ? $"signal {signal.Offset}{(signal.Offset == 9 ? " (SIGKILL)" : "")} to {to}" : $"a signal ({words.Of(signal)}) to {to}";
    }
}
