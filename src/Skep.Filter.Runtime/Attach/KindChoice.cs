using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.State;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Chooses the kind of a table's program.</summary>
internal static class KindChoice
{
    /// <summary>
    /// The kind of the program that runs, which the kernel changes into no other, else one with <c>xdp.frags</c>, unless that loses packets
    /// or programs that have to be called beside it are of another kind: those of the tables whose links go on, and those of others that
    /// return when the new rules are not confirmed.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="devices">Its devices.</param>
    /// <param name="before">What is applied of it; null for nothing.</param>
    /// <param name="returns">Whether what was before returns by the kernel alone.</param>
    /// <exception cref="InvalidDataException">There is none for all of them; nothing was changed.</exception>
    internal static TailCallKind Of(Table table, IReadOnlyList<ClaimedDevice> devices, AppliedState? before, bool returns)
    {
        var loses = LosesWithFrags(table, devices);
        if (before is { HasFrags: true } && loses)
            throw new InvalidDataException(
                $"applying table {table.Name}: 'redirect cpu' outside of native mode needs a program without xdp.frags, and the one that "
                + $"runs cannot become that (skep filter remove {table.Name} first, or mode native)");
        var frags = !loses && TailCallKind.ProbeFrags();
        IEnumerable<TailCallKind> kinds = before is not null ? [new(before.HasFrags, !before.LacksAttachType)]
            : TailCallKind.All.OrderBy(k => !k.HasAttachType).ThenBy(k => k.HasFrags != frags).Where(k => !k.HasFrags || frags);
        List<ClaimedDevice> beside = [.. devices.Where(d => d.IsTaken || returns && d.Foreign is not null)];
        if (beside.Count == 0) return kinds.First();

        var programs = beside.Select(d => BpfProgram.OpenById(d.From)).ToList();
        try
        {
            foreach (var kind in kinds)
                if (kind.Admits(programs)) return kind;
            var odd = beside.Zip(programs).FirstOrDefault(p => !kinds.First().Admits([p.Second])).First ?? beside[0];
            var remedy = odd.IsTaken ? "skep filter remove its table first" : before is null ? "apply without --confirm, or detach it first"
                : $"apply without --confirm, or skep filter remove {table.Name} first";
            throw new InvalidDataException(
                $"applying table {table.Name}: {odd.Foreign?.Description ?? $"program {odd.From}"} on {odd.Name} and the new rules cannot "
                + $"decide in turn, so the kernel could not return it: {TailCallKind.Differences} ({remedy})");
        }
        finally
        {
            foreach (var program in programs) program.Dispose();
        }
    }

    /// <summary>
    /// In generic mode the kernel copies a packet for a program with <c>xdp.frags</c> and forgets how long its link header is
    /// (net/core/skbuff.c, skb_pp_cow_data), which is how the stack of another CPU finds the packet's network header
    /// (kernel/bpf/cpumap.c, cpu_map_generic_redirect): it would drop all of them.
    /// </summary>
    private static bool LosesWithFrags(Table table, IReadOnlyList<ClaimedDevice> devices) =>
        table.Mode != AttachMode.Native && table.Rules.Any(r => r.Verdict.Kind == VerdictKind.RedirectCpu)
            && devices.Any(d => d is { Stays: true, Mode: not AttachModeText.Native });
}
