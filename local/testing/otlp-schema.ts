/** What tests read of OTLP's protobuf messages: https://github.com/open-telemetry/opentelemetry-proto */
export const otlpSchema = `
syntax = "proto3";

message TracesData { repeated ResourceSpans resourceSpans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
message ScopeSpans { repeated Span spans = 2; }

message LogsData { repeated ResourceLogs resourceLogs = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopeLogs = 2; }
message ScopeLogs { repeated LogRecord logRecords = 2; }

message Resource { repeated KeyValue attributes = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message ArrayValue { repeated AnyValue values = 1; }
message AnyValue {
  oneof value {
    string stringValue = 1;
    bool boolValue = 2;
    int64 intValue = 3;
    double doubleValue = 4;
    ArrayValue arrayValue = 5;
  }
}

message Span {
  bytes traceId = 1;
  bytes spanId = 2;
  bytes parentSpanId = 4;
  string name = 5;
  int32 kind = 6;
  fixed64 startTimeUnixNano = 7;
  fixed64 endTimeUnixNano = 8;
  repeated KeyValue attributes = 9;
  repeated Link links = 13;
  Status status = 15;
}
message Link { bytes traceId = 1; bytes spanId = 2; }
message Status { int32 code = 3; }

message LogRecord {
  fixed64 timeUnixNano = 1;
  int32 severityNumber = 2;
  string severityText = 3;
  AnyValue body = 5;
  repeated KeyValue attributes = 6;
  bytes traceId = 9;
  bytes spanId = 10;
}
`;
