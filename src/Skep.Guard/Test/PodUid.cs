namespace Skep.Guard.Test;

/// <summary>The UID of the pod that a path of a cgroup names, as the kernel side finds it (set_pod of bpf/guard/cgroup.h).</summary>
internal static class PodUid
{
    private const int Length = 36;
    private const string Slice = ".slice", Before = "pod";

    /// <summary>The UID of the innermost component <c>podUID</c> or <c>...-podUID.slice</c>; null when there is none.</summary>
    public static string? Of(string cgroup)
    {
        foreach (string component in cgroup.Split('/').Reverse())
        {
            string name = component.Length > Slice.Length && component.EndsWith(Slice, StringComparison.Ordinal)
                ? component[..^Slice.Length] : component;
            if (name.Length < Length + Before.Length || !name.AsSpan(0, name.Length - Length).EndsWith(Before)) continue;
            return name[^Length..].Replace('_', '-');
        }

        return null;
    }
}
