namespace Skep.Analysis.Decompile.Lift;

/// <summary>Which locations are read before they are set again.</summary>
internal static class Liveness
{
    /// <summary>Of each block, a bit for each location whose value at its start is read.</summary>
    public static ulong[] AtStart(List<SimpleStatement>[] blocks, int[][] successors, Variable[] locations)
    {
        var reads = new ulong[blocks.Length];
        var sets = new ulong[blocks.Length];
        for (int i = 0; i < blocks.Length; i++)
        {
            foreach (SimpleStatement statement in blocks[i])
            {
                foreach (Expression value in statement.Values) reads[i] |= Reads(value, locations) & ~sets[i];
                if (IsLocation(locations, statement.Target)) sets[i] |= 1ul << statement.Target!.Number;
            }
        }

        return Solve(reads, sets, successors);
    }

    public static bool IsLocation(Variable[] locations, Variable? variable) =>
        variable is { Number: >= 0 } && variable.Number < locations.Length && ReferenceEquals(locations[variable.Number], variable);

    private static ulong Reads(Expression value, Variable[] locations)
    {
        ulong found = value is Use use && IsLocation(locations, use.Variable) ? 1ul << use.Variable.Number : 0;
        foreach (Expression part in value.Parts) found |= Reads(part, locations);
        return found;
    }

    private static ulong[] Solve(ulong[] reads, ulong[] sets, int[][] successors)
    {
        var before = new List<int>?[reads.Length];
        for (int i = 0; i < reads.Length; i++)
            foreach (int next in successors[i]) (before[next] ??= []).Add(i);
        var live = (ulong[])reads.Clone();
        var work = new Queue<int>();
        var waiting = new bool[reads.Length];
        for (int i = reads.Length - 1; i >= 0; i--)
        {
            work.Enqueue(i);
            waiting[i] = true;
        }

        while (work.TryDequeue(out int block))
        {
            waiting[block] = false;
            ulong after = 0;
            foreach (int next in successors[block]) after |= live[next];
            ulong now = reads[block] | (after & ~sets[block]);
            if (now == live[block]) continue;
            live[block] = now;
            foreach (int previous in before[block] ?? [])
            {
                if (waiting[previous]) continue;
                waiting[previous] = true;
                work.Enqueue(previous);
            }
        }

        return live;
    }
}
