using Skep.Agent.Export.Fields;

namespace Skep.Agent.Export.Otlp;

/// <summary>
/// Writes KeyValue and AnyValue of opentelemetry/proto/common/v1/common.proto (https://github.com/open-telemetry/opentelemetry-proto).
/// </summary>
internal static class Attributes
{
    private const int Key = 1, Value = 2;
    private const int StringValue = 1, BoolValue = 2, IntValue = 3, DoubleValue = 4, ArrayValue = 5, ListOfKeyValues = 6;

    /// <summary>Writes a KeyValue.</summary>
    public static void Write(ProtoWriter proto, int field, string name, string value)
    {
        int pair = proto.Begin(field);
        proto.Text(Key, name);
        WriteText(proto, Value, value);
        proto.End(pair);
    }

    /// <summary>Writes a KeyValue, whose name begins with a prefix.</summary>
    public static void Write(ProtoWriter proto, int field, string prefix, Field attribute)
    {
        int pair = proto.Begin(field);
        proto.Text(Key, prefix, attribute.Name);
        WriteValue(proto, Value, attribute.Value);
        proto.End(pair);
    }

    /// <summary>Writes an AnyValue that is text.</summary>
    public static void WriteText(ProtoWriter proto, int field, string text)
    {
        int any = proto.Begin(field);
        proto.Text(StringValue, text);
        proto.End(any);
    }

    private static void WriteValue(ProtoWriter proto, int field, FieldValue value)
    {
        int any = proto.Begin(field);
        switch (value)
        {
            case FieldValue.OfText { Value: var text }: proto.Text(StringValue, text); break;
            case FieldValue.OfFlag { Value: var flag }: proto.Integer(BoolValue, flag ? 1 : 0); break;
            case FieldValue.OfInteger { Value: var number }: proto.Integer(IntValue, number); break;
            case FieldValue.OfNumber { Value: var number }: proto.Double(DoubleValue, number); break;
            case FieldValue.OfList { Values: var values }:
                int array = proto.Begin(ArrayValue);
                foreach (FieldValue one in values) WriteValue(proto, 1, one);
                proto.End(array);
                break;
            case FieldValue.OfFields { Fields: var fields }:
                int list = proto.Begin(ListOfKeyValues);
                foreach (Field one in fields) Write(proto, 1, "", one);
                proto.End(list);
                break;
        }

        proto.End(any);
    }
}
