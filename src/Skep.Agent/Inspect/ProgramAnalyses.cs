namespace Skep.Agent.Inspect;

/// <summary>Analyses of programs. One at a time; what was answered is remembered as far as there is room.</summary>
/// <param name="run">Does one.</param>
internal sealed class ProgramAnalyses(Func<AnalysisRequest, AnalysisAnswer> run) : IDisposable
{
    private const int MostKept = 128, MostWaiting = 16, MostBytes = 8 << 20, LargestKept = 2 << 20;

    // Where a loaded program is attached, and who shares its maps, may change.
    private static readonly TimeSpan Waits = TimeSpan.FromSeconds(10), LoadedLasts = TimeSpan.FromSeconds(5),
        FileLasts = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<AnalysisRequest, Kept> _kept = [];
    private long _bytes, _uses;
    private int _waiting;

    /// <summary>The answer; null when too many wait.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="cancel">Nobody waits for it any more.</param>
    public async Task<AnalysisAnswer?> Of(AnalysisRequest request, CancellationToken cancel)
    {
        if (Find(request) is { } known) return known;
        if (!await Wait(cancel)) return null;
        try
        {
            // Another may have asked the same meanwhile.
            if (Find(request) is { } answered) return answered;
            AnalysisAnswer answer = await Task.Run(() => run(request), CancellationToken.None);
            if (answer.End is not (AnalysisEnd.Failed or AnalysisEnd.None or AnalysisEnd.Late)) Keep(request, answer);
            return answer;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<bool> Wait(CancellationToken cancel)
    {
        try
        {
            return Interlocked.Increment(ref _waiting) <= MostWaiting && await _turn.WaitAsync(Waits, cancel);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private AnalysisAnswer? Find(AnalysisRequest request)
    {
        lock (_lock)
        {
            if (!_kept.TryGetValue(request, out Kept? kept)) return null;
            if (kept.Until < Environment.TickCount64)
            {
                Drop(request, kept);
                return null;
            }

            kept.LastUse = ++_uses;
            return kept.Answer;
        }
    }

    private void Keep(AnalysisRequest request, AnalysisAnswer answer)
    {
        if (answer.Json.Length > LargestKept) return;
        TimeSpan lasts = request.Path is null || request.Kind == AnalysisKind.Versions ? LoadedLasts : FileLasts;
        lock (_lock)
        {
            if (_kept.TryGetValue(request, out Kept? old)) Drop(request, old);
            while (_kept.Count > 0 && (_kept.Count >= MostKept || _bytes + answer.Json.Length > MostBytes))
            {
                (AnalysisRequest oldest, Kept kept) = _kept.MinBy(one => one.Value.LastUse);
                Drop(oldest, kept);
            }

            _kept[request] = new(answer, Environment.TickCount64 + (long)lasts.TotalMilliseconds) { LastUse = ++_uses };
            _bytes += answer.Json.Length;
        }
    }

    private void Drop(AnalysisRequest request, Kept kept)
    {
        _kept.Remove(request);
        _bytes -= kept.Answer.Json.Length;
    }

    private sealed record Kept(AnalysisAnswer Answer, long Until)
    {
        public long LastUse { get; set; }
    }
}
